import type { RunEvent } from "@roadrunner/core";
import type { Reporter } from "./reporter.ts";

/** The run events, one JSON line each. */
export class NdjsonReporter implements Reporter {
  report(events: readonly RunEvent[]): readonly string[] {
    return events.map((event) => JSON.stringify(event));
  }

  tick(): readonly string[] {
    return [];
  }

  end(): readonly string[] {
    return [];
  }
}
