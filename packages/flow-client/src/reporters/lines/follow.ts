import { stageText, type RunEvent } from "@roadrunner/core";
import { readableText } from "@roadrunner/engine/story";
import type { BoardSize, Reporter } from "./reporter.ts";
import { safeEvent } from "../text/safe-events.ts";
import { onTerminal } from "../text/on-terminal.ts";
import { safeText } from "../text/safe-text.ts";

type TaskOutput = Extract<RunEvent, { type: "task.output" }>;

export interface FollowOptions {
  /** Whose output is shown. */
  readonly follows: (host: string) => boolean;
  /** True: escape sequences of the hosts reach the terminal. */
  readonly raw: boolean;
}

/** A line without an end is told in parts from this length on, so that memory stays bounded. */
const MAX_HELD = 64 * 1024;

/**
 * Another view with the hosts' output in between, as it comes: whole lines, each with its host in front,
 * `db1| ` for stdout and `db1! ` for stderr, of a stage `db1 drain| `, where that runs at another host `db1 drain at lb1| `. Two lines are never mixed.
 */
export class FollowReporter implements Reporter {
  readonly #inner: Reporter;
  readonly #options: FollowOptions;
  /** Of slots of which several jobs run, and of those that undo others. */
  readonly #named = new Set<string>();
  /** The unfinished last line of each stream, by its prefix. */
  readonly #held = new Map<string, string>();
  readonly board?: (size: BoardSize, nowMs: number) => readonly string[];

  constructor(inner: Reporter, options: FollowOptions) {
    this.#inner = inner;
    this.#options = options;
    if (inner.board !== undefined) this.board = (size, nowMs) => inner.board?.(size, nowMs) ?? [];
  }

  recall(events: readonly RunEvent[]): void {
    for (const raw of events) {
      const event = raw.type === "run.started" ? safeEvent(raw) : raw;
      if (event.type === "run.started") this.#begin(event);
    }
    this.#inner.recall(events);
  }

  report(events: readonly RunEvent[]): readonly string[] {
    return events.flatMap((raw) => {
      const event = safeEvent(raw);
      switch (event.type) {
        case "task.output":
          return raw.type === "task.output" && this.#options.follows(raw.host) ? this.#output(event) : [];
        case "run.started":
          this.#begin(event);
          return this.#inner.report([event]);
        case "task.ended":
        case "task.lost":
          return [...this.#finish(event), ...this.#inner.report([event])];
        default:
          return this.#inner.report([event]);
      }
    });
  }

  tick(nowMs: number): readonly string[] {
    return this.#inner.tick(nowMs);
  }

  flush(): readonly string[] {
    return this.#inner.flush();
  }

  end(): readonly string[] {
    const rest = [...this.#held].map(([prefix, text]) => prefix + this.#shown(text));
    this.#held.clear();
    return [...rest, ...this.#inner.end()];
  }

  #begin({ plan }: Extract<RunEvent, { type: "run.started" }>): void {
    [...plan.slots, ...plan.finally].forEach(({ jobs }, index) => {
      const hasSeveral = jobs.filter(({ undoes }) => undoes === undefined).length > 1;
      for (const { name, undoes } of jobs)
        if (hasSeveral || undoes !== undefined) this.#named.add(`${index + 1}/${name}`);
    });
  }

  #output(event: TaskOutput): readonly string[] {
    const prefix = this.#prefix(event, event.stream);
    const text = (this.#held.get(prefix) ?? "") + readableText(event.data, event.encoding);
    const cut = text.length > MAX_HELD && !text.endsWith("\n") ? text.length : text.lastIndexOf("\n") + 1;
    if (cut < text.length) this.#held.set(prefix, text.slice(cut));
    else this.#held.delete(prefix);
    return cut === 0 ? [] : this.#lines(prefix, text.slice(0, cut));
  }

  #lines(prefix: string, text: string): readonly string[] {
    const shown = this.#shown(text.endsWith("\n") ? text.slice(0, -1) : text);
    return shown.split("\n").map((line) => prefix + line);
  }

  #finish(event: Extract<RunEvent, { host: string }>): readonly string[] {
    return (["stdout", "stderr"] as const).flatMap((stream) => {
      const prefix = this.#prefix(event, stream);
      const text = this.#held.get(prefix);
      this.#held.delete(prefix);
      return text === undefined ? [] : this.#lines(prefix, text);
    });
  }

  #shown(text: string): string {
    return this.#options.raw ? text : safeText(onTerminal(text));
  }

  /** The job is named where several write of one host, or side by side, and the stage where there are some. */
  #prefix(event: Extract<RunEvent, { host: string }>, stream: "stdout" | "stderr"): string {
    const job = this.#named.has(`${event.slot}/${event.job}`) ? `${event.job} ` : "";
    const stage = event.stage === undefined ? "" : ` ${stageText({ stage: event.stage, at: event.at })}`;
    return `${job}${event.host}${stage}${stream === "stdout" ? "|" : "!"} `;
  }
}
