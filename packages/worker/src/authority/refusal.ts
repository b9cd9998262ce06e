import type { Blame, GateQuestion, OutcomeMessage, Workload } from "@roadrunner/core";
import type { Signer } from "./owner.ts";

/** Why a message is not acted upon. */
export interface Refusal {
  readonly reason: string;
  readonly blame: Blame;
  /** The submission was right but is of no use any more: the client may make another. */
  readonly notTaken?: Exclude<OutcomeMessage["notTaken"], undefined>;
  /** Where it was believed so far. */
  readonly signer?: Signer;
  readonly workload?: Workload;
  readonly question?: GateQuestion;
}
