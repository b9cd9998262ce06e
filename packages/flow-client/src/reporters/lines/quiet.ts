import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import { EndReporter } from "./end-reporter.ts";
import { safeEvents } from "../text/safe-events.ts";
import { summaryLines } from "./summary.ts";

/** Nothing while the run goes on; the summary at its end. */
export class QuietReporter extends EndReporter {
  readonly #run = RunStory.live("failures");

  recall(events: readonly RunEvent[]): void {
    for (const event of safeEvents(events)) this.#run.add(event);
  }

  end(): readonly string[] {
    return summaryLines(this.#run);
  }
}
