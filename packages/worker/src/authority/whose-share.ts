import type { Flooder, MessageKind, MessageSource } from "@roadrunner/core/signing";
import { nameOf, type Signer } from "./owner.ts";
import type { Refusal } from "./refusal.ts";

/**
 * Whose share of what is remembered a message counts for. Keys with certificates are as many as their holder asks for, so
 * he is counted by the name that his authority gave him; and an operator's carriers are as many as he names, so they count
 * by his own key or authority too. Words that stop or revoke have a share of their own: who had too much run can end it.
 */
export function sourceOf(
  { principal, fingerprint, certificate, carrier }: Signer,
  kind: MessageKind,
): MessageSource {
  const own = certificate === undefined ? "" : principal;
  return {
    root: certificate?.authority ?? fingerprint,
    sender: [own, carrier ?? "", kind === "control" ? kind : ""].join("\0"),
  };
}

/** Who has had too many messages taken is refused, by name. */
export function floodRefusal(signer: Signer, flooder: Flooder, taken: number): Refusal {
  const { carrier, certificate, fingerprint } = signer;
  const by = carrier === undefined ? "" : ` by the carrier ${carrier}`;
  const who =
    flooder === "sender"
      ? `${nameOf(signer)}${by}`
      : certificate === undefined
        ? `all who send for the key ${fingerprint}`
        : `all whom the authority ${certificate.authority} certifies`;
  return {
    reason: `too many submissions of ${who}: ${taken} could still be replayed, and this worker remembers no more of them; send less to one worker, or wait until they have expired (within 25 minutes)`,
    blame: "submission",
  };
}
