import { createHash, type KeyObject } from "node:crypto";
import { fail, succeed, type Result } from "../../errors.ts";
import { readKeyOrCertificate, type KeyOrCertificate } from "./key-or-certificate.ts";
import { publicBlobOf, readPublicKey } from "./public-key.ts";
import { algorithmFault, readRawSignature, signRaw, verifyRaw, type RawSignature } from "./raw-signature.ts";
import { SshReader, sshString } from "./ssh-wire.ts";

/** OpenSSH's signature format, PROTOCOL.sshsig: what `ssh-keygen -Y sign` and `-Y verify` write and read. */

const MAGIC = "SSHSIG";
const VERSION = 1;
const HASHES = ["sha256", "sha512"];
const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "-----END SSH SIGNATURE-----";
const LINE_LENGTH = 70;

/** A key that signs: one in a file, or one that an agent holds. */
export interface OperatorKey {
  /** The key's, or that of a certificate for it. */
  readonly publicBlob: Buffer;
  /** End of the certificate, milliseconds since the epoch; absent where there is none. */
  readonly validBeforeMs?: number;
  /** The same key, with the certificate that there is for it by now. */
  again?(): Promise<Result<OperatorKey, string>>;
  /** Gives the signature blob: the algorithm's name and the signature (RFC 4253 section 6.6). */
  sign(data: Buffer): Promise<Result<Buffer, string>>;
}

/** A private key that Node holds; the error completes "the key …". */
export function operatorKey(key: KeyObject): Result<OperatorKey, string> {
  const publicBlob = publicBlobOf(key);
  if (!publicBlob.ok) return publicBlob;
  const known = readPublicKey(publicBlob.value);
  if (!known.ok) return known;
  const { type } = known.value;
  const signData = async (data: Buffer): Promise<Result<Buffer, string>> => succeed(signRaw(type, key, data));
  return succeed({ publicBlob: publicBlob.value, sign: signData });
}

/** The armored signature of a message. */
export async function signSsh(
  message: Buffer,
  namespace: string,
  key: OperatorKey,
): Promise<Result<string, string>> {
  const signature = await key.sign(signedData(message, namespace, "sha512"));
  if (!signature.ok) return signature;
  const version = Buffer.alloc(4);
  version.writeUInt32BE(VERSION);
  const rest = [key.publicBlob, namespace, "", "sha512", signature.value].map((part) => sshString(part));
  return succeed(armor(Buffer.concat([Buffer.from(MAGIC), version, ...rest])));
}

/** A signature that was read, not yet checked. */
export interface SshSignature extends KeyOrCertificate {
  readonly namespace: string;
  readonly hash: string;
  readonly made: RawSignature;
}

/** Armored text → its parts; the error completes "the signature …". */
export function readSignature(armored: string): Result<SshSignature, string> {
  const match = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\s*$/.exec(
    armored.replaceAll("\r\n", "\n"),
  );
  if (match === null) return fail("is not in OpenSSH's armor");
  const reader = new SshReader(Buffer.from(match[1] ?? "", "base64"));
  if (reader.raw(MAGIC.length)?.toString("latin1") !== MAGIC) return fail("is no SSH signature");
  const version = reader.uint32();
  if (version !== VERSION) return fail(`has version ${version ?? "?"}; ${VERSION} is known`);
  const parts = reader.strings(5);
  if (!parts.ok) return fail(`is damaged: ${parts.error}`);
  const [blob, namespace, , hash, signatureBlob] = parts.value.map((part) => Buffer.from(part));
  const signer = readKeyOrCertificate(blob ?? Buffer.alloc(0));
  if (!signer.ok) return signer;
  if (namespace === undefined || namespace.length === 0) return fail("has no namespace");
  const hashName = hash?.toString("latin1") ?? "";
  if (!HASHES.includes(hashName)) return fail(`uses the hash ${JSON.stringify(hashName.slice(0, 20))}`);
  const made = readRawSignature(signatureBlob ?? Buffer.alloc(0));
  if (!made.ok) return made;
  const fault = algorithmFault(signer.value.key.type, made.value.algorithm);
  if (fault !== undefined) return fail(fault);
  return succeed({
    ...signer.value,
    namespace: namespace.toString("utf8"),
    hash: hashName,
    made: made.value,
  });
}

/** Whether the signature is that of the message, made for this namespace. Who the key belongs to is not asked. */
export function verifySsh(read: SshSignature, message: Buffer, namespace: string): boolean {
  if (read.namespace !== namespace) return false;
  return verifyRaw(read.key, read.made, signedData(message, namespace, read.hash));
}

function signedData(message: Buffer, namespace: string, hash: string): Buffer {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([
    Buffer.from(MAGIC),
    ...[Buffer.from(namespace), "", hash, digest].map((part) => sshString(part)),
  ]);
}

function armor(blob: Buffer): string {
  const text = blob.toString("base64");
  const lines = text.match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return [BEGIN, ...lines, END, ""].join("\n");
}
