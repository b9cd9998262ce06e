import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import type { BoardSize, Reporter } from "../lines/reporter.ts";
import { safeEvents } from "../text/safe-events.ts";
import type { Style } from "../text/style.ts";
import { summaryLines } from "../lines/summary.ts";
import { boardLines } from "./board-lines.ts";
import { ScrollingLines } from "./scrolling-lines.ts";

/** The live board of `--output tty`: failures scroll above, the run's standing is drawn in place below. */
export class BoardReporter implements Reporter {
  readonly #style: Style;
  readonly #run = RunStory.live("all");
  readonly #scrolling: ScrollingLines;

  constructor(style: Style) {
    this.#style = style;
    this.#scrolling = new ScrollingLines(style, this.#run);
  }

  recall(events: readonly RunEvent[]): void {
    for (const event of safeEvents(events)) this.#run.add(event);
  }

  report(events: readonly RunEvent[]): readonly string[] {
    const safe = safeEvents(events);
    this.recall(safe);
    for (const event of safe) this.#scrolling.add(event);
    return [];
  }

  tick(): readonly string[] {
    return this.flush();
  }

  flush(): readonly string[] {
    return this.#scrolling.take();
  }

  end(): readonly string[] {
    return [...this.#scrolling.take(), "", ...summaryLines(this.#run)];
  }

  board(size: BoardSize, nowMs: number): readonly string[] {
    return boardLines(this.#run, size, this.#style, nowMs);
  }
}
