import { foldHosts, isFailure, type RunEvent } from "@roadrunner/core";
import { alikeReason, reasonBeside, type RunStory } from "@roadrunner/engine/story";
import { GateChanges } from "../gates/gate-changes.ts";
import { answerInk, confirmedText } from "../gates/gate-words.ts";
import { jobTitle } from "../gates/job-title.ts";
import { undoBeginsText, waitEventLines, whyText } from "../gates/wait-lines.ts";
import { spokenDuration } from "../text/durations.ts";
import { RepeatedLosses } from "../lines/repeated-losses.ts";
import { clip, safeLine } from "../text/safe-text.ts";
import { mark, outcomeInk, paint, verdictInk, type Style } from "../text/style.ts";
import { actOf, errorLines, outcomeWord, placeOf } from "../text/task-line.ts";
import { counted } from "../text/words.ts";

interface Block {
  readonly time: string;
  readonly hosts: string[];
  /** The lines for these hosts. */
  readonly lines: (hosts: string) => readonly string[];
}

/** Most blocks told at once; a thousand hosts that fail each in its own way are summed up. */
const MAX_BLOCKS = 20;
const MAX_HOSTS_WIDTH = 200;

/**
 * What scrolls above the board: failures, losses, retries, ends of jobs and slots, warnings. What befalls
 * several hosts alike between two redraws is told once, with its hosts folded.
 */
export class ScrollingLines {
  readonly #style: Style;
  readonly #story: RunStory;
  readonly #losses = new RepeatedLosses();
  readonly #changes = new GateChanges();
  /** Hosts on their way of which it was told at which stage that went wrong. */
  readonly #told = new Set<string>();
  #blocks = new Map<string, Block>();

  /** @param story that has taken in each event before it comes here */
  constructor(style: Style, story: RunStory) {
    this.#style = style;
    this.#story = story;
  }

  add(event: RunEvent): void {
    if (this.#losses.has(event)) return;
    switch (event.type) {
      case "task.ended":
        if (event.final && this.#isToTell(event)) this.#failure(event);
        return;
      case "task.lost":
        this.#ofHost(event, "lost", event.reason);
        return;
      case "task.retrying":
        this.#ofHost(event, "will be tried again", event.reason);
        return;
      case "step.ended":
        if (!event.passed)
          this.#line(event, "warn", `${event.job}: step ${event.step} failed: ${event.reason ?? ""}`);
        return;
      case "job.ended":
      case "slot.ended":
        this.#ending(event);
        return;
      case "job.started": {
        const job = this.#story.jobOf(event);
        if (job?.undoes !== undefined) this.#line(event, "warn", undoBeginsText(job, event.hosts));
        return;
      }
      case "gate.answered":
        this.#answer(event);
        return;
      case "job.held":
      case "job.confirmed":
        for (const line of waitEventLines(event, this.#story)) this.#line(event, "warn", line);
        return;
      case "slot.started":
        if (event.by !== undefined)
          this.#line(event, "strong", `slot ${event.slot} started${confirmedText(event.by)}`);
        return;
      case "run.resumed":
        this.#line(event, "strong", "run resumed");
        return;
      case "run.stopping":
        this.#line(event, "warn", `stopping: ${event.reason}`);
        return;
      case "run.interrupted":
        this.#line(event, "bad", `interrupted: ${event.reason}`);
        return;
      case "warning":
        this.#line(event, "warn", `warning: ${event.text}`);
        return;
      default:
        return;
    }
  }

  /** What waits; nothing waits after this. */
  take(): readonly string[] {
    if (this.#blocks.size === 0) return [];
    const blocks = [...this.#blocks.values()];
    this.#blocks = new Map();
    const told = blocks.length > MAX_BLOCKS ? blocks.slice(0, MAX_BLOCKS - 1) : blocks;
    const lines = told.flatMap(({ time, hosts, lines }) =>
      lines(clip(foldHosts(hosts), MAX_HOSTS_WIDTH)).map((line) => `${time} ${line}`),
    );
    const left = blocks.slice(told.length);
    const hosts = left.flatMap((block) => block.hosts);
    if (left.length > 0 && hosts.length > 0) {
      const folded = clip(foldHosts(hosts), MAX_HOSTS_WIDTH);
      lines.push(`${left[0]?.time} … and ${counted(left.length, "more event")} on ${folded}`);
    }
    return lines;
  }

  /** What went wrong at a stage is told there, and not once more when the host's way ends with it. */
  #isToTell(event: Extract<RunEvent, { type: "task.ended" }>): boolean {
    const host = `${event.slot}/${event.job}/${event.host}`;
    const isBad = isFailure(event.outcome) || event.outcome === "cancelled";
    if (event.stage === undefined) return !this.#told.delete(host) && isBad;
    if (isBad) this.#told.add(host);
    return isBad;
  }

  #failure(event: Extract<RunEvent, { type: "task.ended" }>): void {
    const word = outcomeWord(event.outcome);
    const { own, alike } = reasonsOf(placeOf(event), event.reason);
    const act = placedAct(event);
    const took = event.durationMs === undefined ? "" : ` (${spokenDuration(event.durationMs)})`;
    const detail = errorLines(event);
    const ink = outcomeInk(event.outcome);
    this.#block(`end ${act} ${word} ${alike} ${detail.join("\n")}`, event.time, event.host, (hosts) => {
      const isOne = hosts === event.host;
      const rest = isOne ? `${own}${took}` : alike;
      const sign = mark(this.#style, event.outcome === "cancelled" ? "cancelled" : "failed");
      return [
        `${paint(this.#style, ink, `${sign} ${act} ${hosts} ${word}`)}${rest}`,
        ...detail.map((line) => `    | ${line}`),
      ];
    });
  }

  #ofHost(event: Extract<RunEvent, { host: string }>, what: string, reason: string): void {
    const { own, alike } = reasonsOf(placeOf(event), reason);
    const act = placedAct(event);
    this.#block(`${what} ${act} ${alike}`, event.time, event.host, (hosts) => [
      paint(this.#style, "warn", `  ${act} ${hosts} ${what}${hosts === event.host ? own : alike}`),
    ]);
  }

  /** What goes wrong with a gate, and that it is well again; the board shows the rest. */
  #answer(event: Extract<RunEvent, { type: "gate.answered" }>): void {
    const change = this.#changes.take(event);
    if (change === undefined || (change.before === undefined && event.answer === "pass")) return;
    for (const line of waitEventLines(event, this.#story)) this.#line(event, answerInk(event.answer), line);
  }

  #ending(event: Extract<RunEvent, { type: "job.ended" | "slot.ended" }>): void {
    const { verdict } = event;
    const job = event.type === "job.ended" ? this.#story.jobOf(event) : undefined;
    const name = event.type === "job.ended" ? event.job : `slot ${event.slot}`;
    const what = job === undefined ? name : jobTitle(job);
    const why = event.type === "job.ended" ? whyText(job, event.reason) : "";
    this.#line(event, verdictInk(verdict), `${mark(this.#style, verdict)} ${what} ${verdict}${why}`);
  }

  #line(event: RunEvent, ink: Parameters<typeof paint>[1], text: string): void {
    const key = `line ${this.#blocks.size} ${text}`;
    this.#blocks.set(key, {
      time: clock(event.time),
      hosts: [],
      lines: () => [paint(this.#style, ink, safeLine(text))],
    });
  }

  #block(key: string, time: string, host: string, lines: Block["lines"]): void {
    const block = this.#blocks.get(key);
    if (block === undefined) this.#blocks.set(key, { time: clock(time), hosts: [host], lines });
    else block.hosts.push(host);
  }
}

/** `upgrade install`, and of a stage that runs elsewhere `upgrade drain at lb1 for`. */
function placedAct(event: Extract<RunEvent, { host: string }>): string {
  const place = placeOf(event);
  return place === event.host ? actOf(event) : `${actOf(event)} at ${place} for`;
}

/** As it is told of one host, and of several with theirs. */
function reasonsOf(
  host: string,
  reason: string | undefined,
): { readonly own: string; readonly alike: string } {
  if (reason === undefined) return { own: "", alike: "" };
  return { own: oneLine(reasonBeside(host, reason)), alike: oneLine(alikeReason(host, reason)) };
}

function oneLine(reason: string | undefined): string {
  return reason === undefined ? "" : `: ${safeLine(reason)}`;
}

function clock(time: string): string {
  return time.slice(11, 19);
}
