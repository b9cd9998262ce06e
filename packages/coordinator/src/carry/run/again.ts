import type { Outcome } from "@roadrunner/core";
import type { By } from "@roadrunner/engine/api";

/** What somebody wants who goes on with a run. */
export interface Again {
  readonly by: By;
  readonly retry?: readonly Outcome[];
  /** Who says yes to what it waits for; absent: nobody. */
  readonly confirmedBy?: string;
}
