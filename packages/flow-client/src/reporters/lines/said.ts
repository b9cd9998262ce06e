import type { RunEvent } from "@roadrunner/core";
import { QuietReporter } from "./quiet.ts";
import { safeLine } from "../text/safe-text.ts";

/** Characters of warnings: they are all in the journal. */
const MOST_WARNINGS = 64 * 1024;

/** What stands in the file of a run that nobody watches: warnings, and the summary. */
export class SaidReporter extends QuietReporter {
  #left = MOST_WARNINGS;

  override report(events: readonly RunEvent[]): readonly string[] {
    super.report(events);
    const lines: string[] = [];
    for (const event of events) {
      if (event.type !== "warning" || this.#left <= 0) continue;
      const line = `${event.time} warning: ${safeLine(event.text)}`;
      this.#left -= line.length;
      lines.push(this.#left > 0 ? line : "more warnings are in the run's events: rr-submit report");
    }
    return lines;
  }
}
