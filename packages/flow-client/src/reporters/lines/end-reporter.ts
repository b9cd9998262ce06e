import type { RunEvent } from "@roadrunner/core";
import type { Reporter } from "./reporter.ts";

/** A view that prints nothing before the end. */
export abstract class EndReporter implements Reporter {
  abstract recall(events: readonly RunEvent[]): void;
  abstract end(): readonly string[];

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
}
