import { fail, succeed, type Result } from "../../errors.ts";
import { readPublicKey, type SshPublicKey } from "./public-key.ts";
import { isCertificateType, readSshCertificate, typeOfBlob, type SshCertificate } from "./ssh-certificate.ts";

/** What stands where somebody says by which key he signs. */
export interface KeyOrCertificate {
  /** By itself, also where a certificate came in its place. */
  readonly key: SshPublicKey;
  /** Neither it nor its authority is checked. */
  readonly certificate?: SshCertificate;
}

/** Reads the blob of either; the error completes "the signature …" and "the file …". */
export function readKeyOrCertificate(blob: Buffer): Result<KeyOrCertificate, string> {
  const certificate = isCertificateType(typeOfBlob(blob)) ? readSshCertificate(blob) : undefined;
  if (certificate?.ok === false) return fail(`has a certificate that ${certificate.error}`);
  const key = readPublicKey(certificate?.value.keyBlob ?? blob);
  if (!key.ok) return fail(`has a key that ${key.error}`);
  return succeed({ key: key.value, ...(certificate && { certificate: certificate.value }) });
}

/** Reads a file of one line, as ssh-keygen writes NAME.pub and NAME-cert.pub; undefined: it is none. */
export function readPublicLine(text: string): Result<KeyOrCertificate, string> | undefined {
  const [, type, base64 = ""] = /^\s*(\S+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t][^\n]*)?\s*$/.exec(text) ?? [];
  const blob = Buffer.from(base64, "base64");
  return type === undefined || typeOfBlob(blob) !== type ? undefined : readKeyOrCertificate(blob);
}
