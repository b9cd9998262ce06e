import type { KeyOrCertificate } from "../openssh/key-or-certificate.ts";
import { fingerprintOf } from "../openssh/public-key.ts";
import type { Touch } from "../openssh/raw-signature.ts";
import { certificateNameOf, type CertificateName } from "./user-certificate.ts";

/** What has signed. */
export interface SignedBy extends KeyOrCertificate {
  readonly touch?: Touch;
}

/** As sentences begin that say why it may not. */
export function subjectOf({ key, certificate }: SignedBy): string {
  const print = fingerprintOf(key.blob);
  return certificate === undefined
    ? `the key ${print}`
    : `the ${certificateText(certificateNameOf(certificate))} for the key ${print}`;
}

export function certificateText({ id, serial, authority }: CertificateName): string {
  return `certificate ${JSON.stringify(id)} (serial ${serial}, authority ${authority})`;
}
