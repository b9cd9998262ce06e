import type { KillEnd } from "./kill-on-host.ts";

export type StopCause = "cancelled" | "timedOut";

/** That the worker killed the command, why, and what came of it. */
export interface StopTold {
  readonly cause: StopCause;
  readonly kill?: KillEnd;
}
