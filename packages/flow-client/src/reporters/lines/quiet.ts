import type { RunEvent } from "@roadrunner/core";
import type { Reporter } from "./reporter.ts";
import { safeEvents } from "../text/safe-events.ts";
import { Summary } from "./summary.ts";

/** Nothing while the run goes on; the summary at its end. */
export class QuietReporter implements Reporter {
  readonly #summary = new Summary({ outputs: false });

  recall(events: readonly RunEvent[]): void {
    for (const event of safeEvents(events)) this.#summary.add(event);
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
    return this.#summary.lines();
  }
}
