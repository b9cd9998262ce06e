import type { Blame, GateQuestion, OutcomeMessage, Workload } from "@roadrunner/core";
import { certificateText, type Claimed } from "@roadrunner/core/signing";
import { logged, type Signer } from "./owner.ts";

/** Why a message is not acted upon. */
export interface Refusal {
  readonly reason: string;
  readonly blame: Blame;
  /** The submission was right but is of no use any more: the client may make another. */
  readonly notTaken?: Exclude<OutcomeMessage["notTaken"], undefined>;
  /** Where it was believed so far. */
  readonly signer?: Signer;
  /** Where it was not: whose it says that it is. */
  readonly claimed?: Claimed;
  readonly workload?: Workload;
  readonly question?: GateQuestion;
}

/** Fields of a log line about what was refused: who asks, or, where that was not believed, who is said to. */
export function loggedOfRefused({
  signer,
  claimed,
}: Pick<Refusal, "signer" | "claimed">): Readonly<Record<string, string | undefined>> {
  return signer === undefined && claimed !== undefined ? loggedClaim(claimed) : logged(signer);
}

function loggedClaim({
  principal,
  key,
  certificate,
  carrier,
}: Claimed): Readonly<Record<string, string | undefined>> {
  return {
    claimedPrincipal: principal,
    claimedKey: key,
    claimedCertificate: certificate && certificateText(certificate),
    claimedCarrier: carrier,
  };
}
