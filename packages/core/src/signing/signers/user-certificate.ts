import { fingerprintOf, readPublicKey, type SshPublicKey } from "../openssh/public-key.ts";
import { algorithmFault, readRawSignature, signatureFault, verifyRaw } from "../openssh/raw-signature.ts";
import type { CertificateOption, SshCertificate } from "../openssh/ssh-certificate.ts";

/** What makes a certificate good for signing a run. */

/** The one critical option that means something for a signature: its security key must know who touches it. */
const VERIFY_REQUIRED = "verify-required";
/** The ones of a login: they bind a command or an address, and a run has neither. */
const OF_LOGINS = new Set(["force-command", "source-address"]);
const NO_TOUCH_REQUIRED = "no-touch-required";
/** Of a text that somebody else chose. */
const MAX_SHOWN = 100;

/** What a certificate is called by, for people and logs. */
export interface CertificateName {
  /** Key id. */
  readonly id: string;
  /** A number of 64 bits. */
  readonly serial: string;
  /** Fingerprint of its authority's key. */
  readonly authority: string;
}

export function certificateNameOf({ keyId, serial, authorityBlob }: SshCertificate): CertificateName {
  return { id: keyId.slice(0, MAX_SHOWN), serial: String(serial), authority: fingerprintOf(authorityBlob) };
}

/** Why its authority has not signed it; completes "the certificate …". */
export function authorityFault({ authorityBlob, signature, signed }: SshCertificate): string | undefined {
  const authority = readPublicKey(authorityBlob);
  if (!authority.ok) return `is of an authority whose key ${authority.error}`;
  const fault = signatureFault(authority.value, signature, signed);
  if (fault === undefined) return undefined;
  return isOfOther(signature, authority.value, signed)
    ? "was altered since its authority signed it: have it made anew"
    : `has a signature of its authority that ${fault}`;
}

/** Whether its bytes are others than those that its authority has signed; false where that cannot be told. */
export function isAltered({ authorityBlob, signature, signed }: SshCertificate): boolean {
  const authority = readPublicKey(authorityBlob);
  return authority.ok && isOfOther(signature, authority.value, signed);
}

function isOfOther(signature: Buffer, authority: SshPublicKey, signed: Buffer): boolean {
  const made = readRawSignature(signature);
  return (
    made.ok &&
    algorithmFault(authority.type, made.value.algorithm) === undefined &&
    !verifyRaw(authority, made.value, signed)
  );
}

/** Why it does not let a user sign a run at this time; completes "the certificate …". */
export function userCertificateFault(certificate: SshCertificate, nowMs: number): string | undefined {
  const { isFor, principals, validAfterMs, validBeforeMs, criticalOptions } = certificate;
  if (isFor === "host") return "is a host's, and signs for no user";
  if (principals.length === 0) return "names no principals: whom it stands for must be in it";
  if (nowMs < validAfterMs) return `is not valid before ${timeText(validAfterMs)}`;
  if (nowMs >= validBeforeMs) return `expired at ${timeText(validBeforeMs)}`;
  for (const option of criticalOptions) {
    const fault = criticalFault(option);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export function wantsVerifiedUser({ criticalOptions }: SshCertificate): boolean {
  return criticalOptions.some(({ name }) => name === VERIFY_REQUIRED);
}

export function needsNoTouch({ extensions }: SshCertificate): boolean {
  return extensions.some(({ name }) => name === NO_TOUCH_REQUIRED);
}

function criticalFault({ name, value }: CertificateOption): string | undefined {
  const shown = JSON.stringify(name.slice(0, MAX_SHOWN));
  if (OF_LOGINS.has(name))
    return `has the critical option ${shown}, which is for logins: a signed run cannot keep it`;
  if (name !== VERIFY_REQUIRED) return `has the critical option ${shown}, which is not known here`;
  return value.length === 0 ? undefined : `has the critical option ${shown} with a value; it takes none`;
}

/** Times of a certificate go far beyond those that a date can be. */
export function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `second ${ms / 1000}`;
}
