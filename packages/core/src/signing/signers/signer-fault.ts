import { matchesList } from "./pattern.ts";
import { knewItsUser, wasTouched } from "../openssh/raw-signature.ts";
import type { SignedBy } from "./signed-by.ts";
import type { SignerOptions } from "./signer-options.ts";
import { isSecurityKeyType } from "../openssh/public-key.ts";
import { needsNoTouch, timeText, userCertificateFault, wantsVerifiedUser } from "./user-certificate.ts";

/** Why a signer that a line speaks of may not sign there now; completes "the key …" and "the certificate …". */
export function signerFault(
  signer: Readonly<SignerOptions> & { readonly line: number },
  by: SignedBy,
  namespace: string,
  nowMs: number,
): string | undefined {
  const { namespaces, validAfterMs, validBeforeMs, line } = signer;
  const ofItself = by.certificate && userCertificateFault(by.certificate, nowMs);
  if (ofItself !== undefined) return ofItself;
  if (namespaces !== undefined && !matchesList(namespace, namespaces))
    return `may not sign for the namespace ${namespace} (line ${line})`;
  if (validAfterMs !== undefined && nowMs < validAfterMs)
    return `is not valid before ${timeText(validAfterMs)} (line ${line})`;
  if (validBeforeMs !== undefined && nowMs > validBeforeMs)
    return `is no longer valid since ${timeText(validBeforeMs)} (line ${line})`;
  return touchFault(signer, by);
}

/** As sshd has it: a touch is not needed only where line and certificate both say so; a user, where either does. */
function touchFault(
  { noTouchRequired, verifyRequired, line }: Readonly<SignerOptions> & { readonly line: number },
  { key, certificate, touch }: SignedBy,
): string | undefined {
  const isLeft = noTouchRequired === true && (certificate === undefined || needsNoTouch(certificate));
  if (isSecurityKeyType(key.type) && !isLeft && !wasTouched(touch))
    return `signed without a touch of its security key (line ${line} lacks no-touch-required)`;
  const byCertificate = certificate !== undefined && wantsVerifiedUser(certificate);
  if ((verifyRequired !== true && !byCertificate) || knewItsUser(touch)) return undefined;
  const who = byCertificate ? "the certificate" : `line ${line}`;
  return isSecurityKeyType(key.type)
    ? `signed without a PIN or a finger on its security key, which ${who} asks for (verify-required)`
    : `is on no security key, which ${who} asks for (verify-required)`;
}
