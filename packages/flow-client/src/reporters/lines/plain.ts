import { isFailure, type RunEvent } from "@roadrunner/core";
import { reasonBeside, RunStory, type JobStory, type WaitStory } from "@roadrunner/engine/story";
import { GateChanges } from "../gates/gate-changes.ts";
import { confirmedText } from "../gates/gate-words.ts";
import { jobTitle } from "../gates/job-title.ts";
import { bakedLine, undoBeginsText, waitEventLines, waitingLine, whyText } from "../gates/wait-lines.ts";
import { Gathered, type Act } from "./gathered.ts";
import { planSize } from "../lists/plan-text.ts";
import type { Reporter } from "./reporter.ts";
import { RepeatedLosses } from "./repeated-losses.ts";
import { safeEvents } from "../text/safe-events.ts";
import { safeLine } from "../text/safe-text.ts";
import { summaryLines } from "./summary.ts";
import { actOf, endLine, errorLines, hostText, placeOf } from "../text/task-line.ts";
import { counted } from "../text/words.ts";
import { whereText } from "../text/where-text.ts";

/** Hosts that start or end well within this time are told on one line. */
const GATHER_MS = 1000;
/** How often a quiet run says that it lives. */
const PROGRESS_EVERY_MS = 15_000;
/** And one in which all wait for gates or people, maybe for hours. */
const WAITING_EVERY_MS = 300_000;

type Untold = "task.started" | "task.asked" | "task.output" | "task.lost" | "gate.asked";

/** With where it runs, if not on the host. */
function gatheredAct(event: Extract<RunEvent, { host: string }>): Act {
  const place = placeOf(event);
  return place === event.host
    ? { text: actOf(event), on: "on" }
    : { text: `${actOf(event)} at ${place}`, on: "for" };
}

/** Plain lines, each with its time, that read well on a terminal and in a log file. */
export class PlainReporter implements Reporter {
  readonly #story = RunStory.live("all");
  readonly #gathered = new Gathered();
  readonly #losses = new RepeatedLosses();
  readonly #changes = new GateChanges();
  #lastLineMs = 0;

  recall(events: readonly RunEvent[]): void {
    this.report(events);
    this.#gathered.take();
    this.#lastLineMs = 0;
  }

  report(events: readonly RunEvent[]): readonly string[] {
    const lines: string[] = [];
    for (const event of safeEvents(events)) {
      const begun = "host" in event && this.#story.hasBegun(event);
      const bake = "job" in event ? this.#bakeOf(event) : undefined;
      this.#story.add(event);
      lines.push(...this.#lines(event, begun, bake));
    }
    return lines;
  }

  tick(nowMs: number): readonly string[] {
    const lines = this.#flushBefore(nowMs);
    const quietMs = nowMs - this.#lastLineMs;
    if (quietMs < PROGRESS_EVERY_MS || this.#lastLineMs === 0) return lines;
    if (quietMs < WAITING_EVERY_MS && this.#isWaiting()) return lines;
    return [...lines, ...this.#progress(nowMs).map((text) => this.#at(nowMs, text))];
  }

  /** Each line has the time at which the first of what it tells was: whoever reads later sees when it was. */
  flush(): readonly string[] {
    const { sinceMs = 0 } = this.#gathered;
    return this.#gathered.take().map((text) => this.#at(sinceMs, text));
  }

  end(): readonly string[] {
    return ["", ...summaryLines(this.#story)];
  }

  /**
   * @param begun it was told to have started, and no end of it
   * @param bake in which its job was
   */
  #lines(event: RunEvent, begun: boolean, bake: WaitStory | undefined): readonly string[] {
    if (event.type === "task.asked" || event.type === "task.output" || event.type === "gate.asked") return [];
    const atMs = Date.parse(event.time);
    const lines = this.#flushBefore(atMs);
    if (this.#losses.has(event)) return lines;
    if (event.type === "task.started") {
      this.#gathered.start(gatheredAct(event), event.host, atMs);
      return lines;
    }
    if (event.type === "task.lost") {
      this.#gathered.bad(
        gatheredAct(event),
        "lost",
        event.host,
        reasonBeside(placeOf(event), event.reason),
        atMs,
      );
      return lines;
    }
    if (event.type === "task.ended" && event.final && event.outcome === "skipped") {
      const reason = reasonBeside(placeOf(event), event.reason ?? event.outcome);
      if (begun) this.#gathered.bad(gatheredAct(event), "not started", event.host, reason, atMs);
      return lines;
    }
    const told = [...this.#bakeOver(event, bake), ...this.#tell(event)];
    if (told.length === 0) return lines;
    return [...lines, ...this.flush(), ...told.map((text) => this.#at(atMs, text))];
  }

  #tell(event: Exclude<RunEvent, { type: Untold }>): readonly string[] {
    switch (event.type) {
      case "run.started":
        return [`${this.#name()}: ${planSize(event.plan)}`];
      case "run.resumed": {
        const { slots } = this.#story;
        const ended = slots.filter(({ verdict }) => verdict !== undefined).length;
        return [
          `${this.#name()} resumed: ${ended} of ${counted(slots.length, "slot")} ended`,
          ...this.#progress(Date.parse(event.time)),
        ];
      }
      case "run.stopping":
        return [`stopping: ${safeLine(event.reason)}`];
      case "run.interrupted":
        return [`interrupted: ${safeLine(event.reason)}`];
      case "run.ended":
        return [];
      case "slot.started":
        return [`slot ${event.slot} of ${this.#story.slots.length} started${confirmedText(event.by)}`];
      case "slot.ended":
        return [`slot ${event.slot} ${event.verdict}`];
      case "job.started":
        return this.#begins(event);
      case "job.ended":
        return [this.#ended(event)];
      case "step.started":
        return [
          `${event.job}: step ${event.step} started, ${counted(event.hosts, "host")}, needs ${event.need}`,
        ];
      case "step.ended":
        return [
          `${event.job}: step ${event.step} ${event.passed ? "passed" : `failed: ${event.reason ?? ""}`}`,
        ];
      case "gate.answered":
        return this.#changes.take(event) === undefined ? [] : waitEventLines(event, this.#story);
      case "job.baking":
      case "job.held":
      case "job.confirmed":
        return waitEventLines(event, this.#story);
      case "task.retrying": {
        const reason = safeLine(reasonBeside(placeOf(event), event.reason));
        return [
          `${actOf(event)} ${hostText(event)} will be tried again in ${(event.inMs / 1000).toFixed(1)} s: ${reason}`,
        ];
      }
      case "task.ended":
        return this.#end(event);
      case "warning":
        return [`warning: ${safeLine(event.text)}`];
    }
  }

  #end(event: Extract<RunEvent, { type: "task.ended" }>): readonly string[] {
    if (!event.final) return [];
    if (isFailure(event.outcome) || event.outcome === "cancelled" || event.attempt > 1) {
      const detail = isFailure(event.outcome) ? errorLines(event) : [];
      return [endLine(event), ...detail.map((line) => `  ${hostText(event)}| ${line}`)];
    }
    const how = event.changed === false ? "ok, not changed," : "ok";
    this.#gathered.ok(gatheredAct(event), how, event.host, event.durationMs, Date.parse(event.time));
    return [];
  }

  /** What has been held back for long enough at this time. */
  #flushBefore(nowMs: number): readonly string[] {
    const { sinceMs = nowMs } = this.#gathered;
    return nowMs - sinceMs >= GATHER_MS ? this.flush() : [];
  }

  #name(): string {
    return `run ${this.#story.run} (${safeLine(this.#story.name)})`;
  }

  #ended(event: Extract<RunEvent, { type: "job.ended" }>): string {
    const job = this.#story.jobOf(event);
    const title = job === undefined ? event.job : jobTitle(job);
    return `${title} ${event.verdict}${whyText(job, event.reason)}`;
  }

  #begins(event: Extract<RunEvent, { type: "job.started" }>): readonly string[] {
    const job = this.#story.jobOf(event);
    if (job?.undoes !== undefined) return [undoBeginsText(job, event.hosts)];
    const asks = job?.watch?.wait?.kind === "before" ? "; asks its gates before the first one" : "";
    return [
      `${event.job}: ${counted(event.hosts, "host")}, needs ${event.need}, ${event.window} at once${asks}`,
    ];
  }

  #bakeOf(event: { readonly slot: number; readonly job: string }): WaitStory | undefined {
    const wait = this.#story.jobOf(event)?.watch?.wait;
    return wait?.kind === "bake" ? wait : undefined;
  }

  /** Where its gates let the job go on: of another end of a bake it is told by itself. */
  #bakeOver(event: RunEvent, bake: WaitStory | undefined): readonly string[] {
    const goesOn =
      event.type === "step.started" || (event.type === "job.ended" && event.verdict === "succeeded");
    const job = bake !== undefined && goesOn ? this.#story.jobOf(event) : undefined;
    if (job === undefined || bake === undefined) return [];
    return [bakedLine(job, { ...bake, endedMs: Date.parse(event.time) })];
  }

  #openJobs(): readonly JobStory[] {
    return this.#story.jobs.filter((job) => job.startedMs !== undefined && job.verdict === undefined);
  }

  /** For gates and people, and for no host. */
  #isWaiting(): boolean {
    return this.#openJobs().every((job) => job.watch?.wait !== undefined && job.open.size === 0);
  }

  #progress(nowMs: number): readonly string[] {
    return this.#openJobs().flatMap((job) => {
      const { hosts, ended, running, open, waitingForRetry } = job;
      const waits = waitingLine(job, this.#story, nowMs);
      if (waits !== undefined && open.size === 0) return [waits];
      // Who has just resumed the run has no word of them yet, and none of them is known to have ended.
      const unknown = [...open].filter((host) => !waitingForRetry.has(host));
      const left =
        unknown.length === 0 ? "none running" : `asked whether they run still: ${whereText(job, unknown)}`;
      const now = running.size === 0 ? left : `running: ${whereText(job, running.keys())}`;
      const line = `${jobTitle(job)}: ${ended.size} of ${hosts} ended, ${now}`;
      return waits === undefined ? [line] : [line, waits];
    });
  }

  #at(ms: number, text: string): string {
    this.#lastLineMs = ms;
    return `${new Date(ms).toISOString().slice(11, 19)} ${text}`;
  }
}
