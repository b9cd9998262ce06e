import { createHash } from "node:crypto";
import { fail, succeed, type Result } from "../../errors.ts";
import { readPublicLine } from "../openssh/key-or-certificate.ts";
import type { SshCertificate } from "../openssh/ssh-certificate.ts";
import { isKrl, readKrl, type RevokedCertificates, type RevokedSigners } from "./krl.ts";
import type { SignedBy } from "./signed-by.ts";

/** The file that says which keys and certificates may sign no more: what `ssh-keygen -Y verify -r` takes. */

/** A key revocation list, or a public key a line; a line that cannot be read is an error, not skipped. */
export function parseRevokedSigners(bytes: Buffer): Result<RevokedSigners, readonly string[]> {
  if (isKrl(bytes)) {
    const krl = readKrl(bytes);
    return krl.ok ? krl : fail([`it is a key revocation list, and ${krl.error}`]);
  }
  const keys = new Set<string>();
  const problems: string[] = [];
  for (const [index, written] of bytes.toString("utf8").split(/\r?\n/).entries()) {
    const line = written.trim();
    if (line === "" || line.startsWith("#")) continue;
    const read = readPublicLine(line);
    if (read?.ok === true) keys.add(read.value.key.blob.toString("base64"));
    else problems.push(`line ${index + 1}: it ${read?.error ?? "is no public key as in NAME.pub"}`);
  }
  return problems.length === 0 ? succeed({ keys, digests: new Set(), certificates: [] }) : fail(problems);
}

/** Why a signer may sign no more; completes "the key …" and "the certificate …". */
export function revokedFault(revoked: RevokedSigners, { key, certificate }: SignedBy): string | undefined {
  if (holdsKey(revoked, key.blob)) return certificate === undefined ? "is revoked" : "is revoked, by its key";
  if (certificate === undefined) return undefined;
  if (holdsKey(revoked, certificate.authorityBlob)) return "is of an authority that is revoked";
  return revoked.certificates.some((of) => holdsCertificate(of, certificate)) ? "is revoked" : undefined;
}

function holdsKey({ keys, digests }: RevokedSigners, blob: Buffer): boolean {
  if (keys.has(blob.toString("base64"))) return true;
  return (
    digests.size > 0 &&
    ["sha1", "sha256"].some((hash) => digests.has(createHash(hash).update(blob).digest("hex")))
  );
}

/** Serial 0 stands for none. */
function holdsCertificate(
  { authorityBlob, keyIds, serials }: RevokedCertificates,
  certificate: SshCertificate,
): boolean {
  const { keyId, serial } = certificate;
  if (authorityBlob !== undefined && !authorityBlob.equals(certificate.authorityBlob)) return false;
  return (
    keyIds.has(keyId) || (serial !== 0n && serials.some(([low, high]) => low <= serial && serial <= high))
  );
}
