import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { fail, succeed, type Result } from "@roadrunner/core";

const DAY_MS = 24 * 3_600_000;
/** So long before its end it is said. */
const WARN_MS = 14 * DAY_MS;

/** A certificate, the ones between it and its authority, and its private key, as they are served. */
export interface TlsPair {
  readonly certificate: X509Certificate;
  readonly cert: string;
  readonly key: string;
}

interface Named {
  readonly path: string;
  readonly text: string;
}

/** Takes apart what two files hold; the error says in which one what is wrong, and what to do. */
export function readTlsPair(cert: Named, key: Named, nowMs: number): Result<TlsPair, string> {
  const certificate = readCertificate(cert);
  if (!certificate.ok) return certificate;
  const privateKey = readKey(key);
  if (!privateKey.ok) return privateKey;
  if (!certificate.value.checkPrivateKey(privateKey.value))
    return fail(
      `the key in ${key.path} is not the one of the certificate in ${cert.path}; its own certificate must be the first one there`,
    );
  const fault = timeFault(certificate.value, nowMs);
  if (fault !== undefined) return fail(`the certificate in ${cert.path} ${fault}`);
  return succeed({ certificate: certificate.value, cert: cert.text, key: key.text });
}

/** Why it does not serve at this time; completes "the certificate …". */
export function timeFault({ validFrom, validTo }: X509Certificate, nowMs: number): string | undefined {
  if (nowMs >= Date.parse(validTo))
    return `expired at ${isoOf(validTo)}; have it made anew, as nobody would connect`;
  return nowMs < Date.parse(validFrom)
    ? `is not valid before ${isoOf(validFrom)}; look at the clock of this box`
    : undefined;
}

/** What to say of one that ends soon; undefined: nothing yet. */
export function endsSoon({ validTo }: X509Certificate, nowMs: number): string | undefined {
  const leftMs = Date.parse(validTo) - nowMs;
  if (leftMs > WARN_MS) return undefined;
  const days = Math.floor(leftMs / DAY_MS);
  return `ends at ${isoOf(validTo)}, in ${days === 1 ? "1 day" : `${days} days`}; have it made anew: it is read again when the files change`;
}

function readCertificate({ path, text }: Named): Result<X509Certificate, string> {
  try {
    return succeed(new X509Certificate(text));
  } catch {
    return fail(
      `${path} has no certificate in it that can be read; it must be PEM (-----BEGIN CERTIFICATE-----)`,
    );
  }
}

function readKey({ path, text }: Named): Result<KeyObject, string> {
  try {
    return succeed(createPrivateKey(text));
  } catch {
    return fail(
      /ENCRYPTED/.test(text)
        ? `the key in ${path} is protected by a passphrase, and nobody is there to type it; store it without one, readable by its owner alone`
        : `${path} has no private key in it that can be read; it must be PEM (-----BEGIN PRIVATE KEY-----)`,
    );
  }
}

function isoOf(time: string): string {
  return new Date(Date.parse(time)).toISOString();
}
