import { fingerprintOf, planBodyOf, readSignature, type SignedText } from "@roadrunner/core/signing";

/**
 * Whose word a signed plan is, as far as whoever carries the run can tell: workers keep apart by principal and key what is
 * whose. A certificate's is that of its key.
 */
export function operatorIn(signed: SignedText): string {
  return `${planBodyOf(signed)?.principal ?? ""} ${keyIn(signed)}`;
}

/** The key that signed, `SHA256:…`, and of a certificate the one that it is for; empty: it cannot be read. */
export function keyIn(signed: SignedText): string {
  const read = readSignature(signed.signature);
  return read.ok ? fingerprintOf(read.value.key.blob) : "";
}
