import type { Workload } from "@roadrunner/core";
import type { CheckedMessage } from "@roadrunner/core/signing";

/** Who asks; absent where nothing need be signed. */
export type Signer = Pick<CheckedMessage, "principal" | "fingerprint" | "plan">;

/** A workload, and whose it is where that is known. */
export interface OwnedWorkload extends Workload {
  readonly owner?: string;
}

/**
 * Whose a run is. Anybody who may sign can sign for any run id: what is kept by run (revocations, answers, records) is
 * kept by owner as well. The key is a part of it, since one line of allowed signers may stand for many names.
 */
export function ownerOf({ principal, fingerprint }: Omit<Signer, "plan">): string {
  return `${principal} ${fingerprint}`;
}

/** Revocations and kills name a client; so one owner's never meet another's tasks. */
export function clientOf(client: string, signer: Omit<Signer, "plan">): string {
  return `${client} of ${ownerOf(signer)}`;
}
