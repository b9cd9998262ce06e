import { foldHosts, isFailure, type RunEvent } from "@roadrunner/core";
import { planSize } from "./plan-text.ts";
import type { Reporter } from "./reporter.ts";
import { safeText } from "./safe-text.ts";
import { Summary } from "./summary.ts";
import { endLine, errorLines } from "./task-line.ts";
import { counted } from "./words.ts";

/** Hosts that start within this time are told on one line. */
const GATHER_STARTS_MS = 500;
/** How often a quiet run says that it lives. */
const PROGRESS_EVERY_MS = 15_000;

interface Progress {
  readonly hosts: number;
  ended: number;
  readonly running: Set<string>;
}

/** Plain lines, each with its time, that read well on a terminal and in a log file. */
export class PlainReporter implements Reporter {
  readonly #summary = new Summary();
  /** Hosts that started and are not told yet, by job. */
  readonly #starting = new Map<string, string[]>();
  readonly #jobs = new Map<string, Progress>();
  #startingSinceMs = 0;
  #lastLineMs = 0;
  #slots = 0;

  report(events: readonly RunEvent[]): readonly string[] {
    const lines: string[] = [];
    for (const event of events) {
      this.#summary.add(event);
      lines.push(...this.#lines(event));
    }
    return lines;
  }

  tick(nowMs: number): readonly string[] {
    const time = new Date(nowMs).toISOString();
    const lines = nowMs - this.#startingSinceMs >= GATHER_STARTS_MS ? this.#flushStarts(time) : [];
    if (nowMs - this.#lastLineMs < PROGRESS_EVERY_MS || this.#lastLineMs === 0) return lines;
    for (const [job, { hosts, ended, running }] of this.#jobs) {
      const now = running.size === 0 ? "none running" : `running: ${foldHosts([...running])}`;
      lines.push(this.#at(time, `${job}: ${ended} of ${hosts} ended, ${now}`));
    }
    return lines;
  }

  end(): readonly string[] {
    return ["", ...this.#summary.lines()];
  }

  #lines(event: RunEvent): readonly string[] {
    if (event.type === "task.started") {
      this.#start(event.job, event.host, Date.parse(event.time));
      return [];
    }
    if (event.type === "task.asked" || event.type === "task.output") return [];
    const told = this.#tell(event);
    if (told.length === 0) return [];
    const lines = this.#flushStarts(event.time);
    for (const text of told) lines.push(this.#at(event.time, text));
    return lines;
  }

  #tell(
    event: Exclude<RunEvent, { type: "task.started" | "task.asked" | "task.output" }>,
  ): readonly string[] {
    switch (event.type) {
      case "run.started":
        this.#slots = event.plan.slots.length + event.plan.finally.length;
        return [`run ${event.run} (${safeText(event.plan.name)}): ${planSize(event.plan)}`];
      case "run.resumed":
        return ["run resumed"];
      case "run.stopping":
        return [`stopping: ${safeText(event.reason)}`];
      case "run.interrupted":
        return [`interrupted: ${safeText(event.reason)}`];
      case "run.ended":
        return [];
      case "slot.started":
        this.#jobs.clear();
        return [`slot ${event.slot} of ${this.#slots} started`];
      case "slot.ended":
        return [`slot ${event.slot} ${event.verdict}`];
      case "job.started":
        this.#jobs.set(event.job, { hosts: event.hosts, ended: 0, running: new Set() });
        return [
          `${event.job}: ${counted(event.hosts, "host")}, needs ${event.need}, ${event.window} at once`,
        ];
      case "job.ended": {
        this.#jobs.delete(event.job);
        const reason = event.reason === undefined ? "" : `: ${safeText(event.reason)}`;
        return [`${event.job} ${event.verdict}${reason}`];
      }
      case "step.started":
        return [
          `${event.job}: step ${event.step} started, ${counted(event.hosts, "host")}, needs ${event.need}`,
        ];
      case "step.ended":
        return [
          `${event.job}: step ${event.step} ${event.passed ? "passed" : `failed: ${event.reason ?? ""}`}`,
        ];
      case "task.lost":
        return [`${event.job} ${event.host} lost: ${safeText(event.reason)}`];
      case "task.retrying":
        return [
          `${event.job} ${event.host} will be tried again in ${(event.inMs / 1000).toFixed(1)} s: ${safeText(event.reason)}`,
        ];
      case "task.ended":
        return this.#end(event);
      case "warning":
        return [`warning: ${safeText(event.text)}`];
    }
  }

  #end(event: Extract<RunEvent, { type: "task.ended" }>): readonly string[] {
    const progress = this.#jobs.get(event.job);
    progress?.running.delete(event.host);
    if (!event.final) return [];
    if (progress !== undefined) progress.ended += 1;
    if (event.outcome === "skipped") return [];
    return isFailure(event.outcome)
      ? [endLine(event), ...errorLines(event).map((line) => `  ${event.host}| ${line}`)]
      : [endLine(event)];
  }

  #start(job: string, host: string, timeMs: number): void {
    this.#jobs.get(job)?.running.add(host);
    if (this.#starting.size === 0) this.#startingSinceMs = timeMs;
    const hosts = this.#starting.get(job);
    if (hosts === undefined) this.#starting.set(job, [host]);
    else hosts.push(host);
  }

  #flushStarts(time: string): string[] {
    const lines = [...this.#starting].map(([job, hosts]) =>
      this.#at(time, `${job} started on ${foldHosts(hosts)}`),
    );
    this.#starting.clear();
    return lines;
  }

  #at(time: string, text: string): string {
    this.#lastLineMs = Date.parse(time);
    return `${time.slice(11, 19)} ${text}`;
  }
}
