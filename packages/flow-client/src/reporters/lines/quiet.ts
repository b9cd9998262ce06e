import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import type { Reporter } from "./reporter.ts";
import { safeEvents } from "../text/safe-events.ts";
import { summaryLines } from "./summary.ts";

/** Nothing while the run goes on; the summary at its end. */
export class QuietReporter implements Reporter {
  readonly #run = RunStory.live("failures");

  recall(events: readonly RunEvent[]): void {
    for (const event of safeEvents(events)) this.#run.add(event);
  }

  report(events: readonly RunEvent[]): readonly string[] {
    this.recall(events);
    return [];
  }

  tick(): readonly string[] {
    return [];
  }

  flush(): readonly string[] {
    return [];
  }

  end(): readonly string[] {
    return summaryLines(this.#run);
  }
}
