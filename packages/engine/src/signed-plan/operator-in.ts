import { fingerprintOf, planBodyOf, readSignature, type SignedText } from "@roadrunner/core/signing";

/**
 * Whose word a signed plan is, as far as whoever carries the run can tell: workers keep apart by principal and key what is
 * whose. A certificate's is that of its key.
 */
export function operatorIn(signed: SignedText): string {
  const read = readSignature(signed.signature);
  const key = read.ok ? fingerprintOf(read.value.key.blob) : "";
  return `${planBodyOf(signed)?.principal ?? ""} ${key}`;
}
