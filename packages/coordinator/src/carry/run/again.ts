import type { Outcome } from "@roadrunner/core";
import type { By } from "@roadrunner/engine/api";

/** What somebody wants who goes on with a run. */
export interface Again {
  readonly by: By;
  readonly retry?: readonly Outcome[];
  /** What it waits for is answered with yes. */
  readonly confirm: boolean;
}
