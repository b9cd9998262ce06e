import { safeJson, type RunEvent } from "@roadrunner/core";
import type { Reporter } from "./reporter.ts";

/** The run events, one JSON line each; live output only of the hosts that are followed. */
export class NdjsonReporter implements Reporter {
  readonly #follows: (host: string) => boolean;

  constructor(follows: (host: string) => boolean = () => true) {
    this.#follows = follows;
  }

  /** The past stands in the journal, in the same form; whoever reads on here has read it once. */
  recall(): void {
    // Nothing is counted here.
  }

  report(events: readonly RunEvent[]): readonly string[] {
    return events
      .filter((event) => event.type !== "task.output" || this.#follows(event.host))
      .map((event) => safeJson(event));
  }

  tick(): readonly string[] {
    return [];
  }

  flush(): readonly string[] {
    return [];
  }

  end(): readonly string[] {
    return [];
  }
}
