import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import { boardLines } from "./board-lines.ts";
import { EVERYTHING } from "../outputs/group-lines.ts";
import { safeEvents } from "../text/safe-events.ts";
import type { Style } from "../text/style.ts";
import { EndReporter } from "../lines/end-reporter.ts";
import type { Reporter } from "../lines/reporter.ts";
import { oneJobLines, summaryLines } from "../lines/summary.ts";

/**
 * All output at the end, of hosts that wrote the same once, and nothing before; but the board while the run goes on,
 * where one can be drawn.
 */
export class GatheredReporter extends EndReporter {
  readonly #run = RunStory.live("all");
  readonly board?: NonNullable<Reporter["board"]>;

  constructor(style?: Style) {
    super();
    if (style !== undefined) this.board = (size, nowMs) => boardLines(this.#run, size, style, nowMs);
  }

  recall(events: readonly RunEvent[]): void {
    for (const event of safeEvents(events)) this.#run.add(event);
  }

  end(): readonly string[] {
    const [only, ...more] = this.#run.jobs;
    return only === undefined || more.length > 0
      ? summaryLines(this.#run, EVERYTHING)
      : oneJobLines(this.#run, only, EVERYTHING);
  }
}
