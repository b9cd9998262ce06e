import { createHash, sign, verify, type KeyObject } from "node:crypto";
import { fail, succeed, type Result } from "../errors.ts";
import { CURVES, curveOf, publicBlobOf, readPublicKey, type SshPublicKey } from "./public-key.ts";
import { SshReader, sshMpint, sshString, withoutLeadingZeros } from "./ssh-wire.ts";

/** OpenSSH's signature format, PROTOCOL.sshsig: what `ssh-keygen -Y sign` and `-Y verify` write and read. */

const MAGIC = "SSHSIG";
const VERSION = 1;
const HASHES = ["sha256", "sha512"];
const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "-----END SSH SIGNATURE-----";
const LINE_LENGTH = 70;

/** A key that signs: one in a file, or one that an agent holds. */
export interface OperatorKey {
  readonly publicBlob: Buffer;
  /** Gives the signature blob: the algorithm's name and the signature (RFC 4253 section 6.6). */
  sign(data: Buffer): Promise<Result<Buffer, string>>;
}

/** The algorithm that a key of this type signs with; for RSA never SHA-1. */
export function signatureAlgorithm(keyType: string): string {
  return keyType === "ssh-rsa" ? "rsa-sha2-512" : keyType;
}

/** A private key that Node holds; the error completes "the key …". */
export function operatorKey(key: KeyObject): Result<OperatorKey, string> {
  const publicBlob = publicBlobOf(key);
  if (!publicBlob.ok) return publicBlob;
  const known = readPublicKey(publicBlob.value);
  if (!known.ok) return known;
  const { type } = known.value;
  const signData = async (data: Buffer): Promise<Result<Buffer, string>> =>
    succeed(Buffer.concat([sshString(signatureAlgorithm(type)), sshString(signWith(type, key, data))]));
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
export interface SshSignature {
  readonly publicKey: SshPublicKey;
  readonly namespace: string;
  readonly hash: string;
  readonly algorithm: string;
  readonly signature: Buffer;
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
  const publicKey = readPublicKey(blob ?? Buffer.alloc(0));
  if (!publicKey.ok) return fail(`has a key that ${publicKey.error}`);
  if (namespace === undefined || namespace.length === 0) return fail("has no namespace");
  const hashName = hash?.toString("latin1") ?? "";
  if (!HASHES.includes(hashName)) return fail(`uses the hash ${JSON.stringify(hashName.slice(0, 20))}`);
  const inner = new SshReader(signatureBlob ?? Buffer.alloc(0)).strings(2);
  if (!inner.ok) return fail(`is damaged: ${inner.error}`);
  const [algorithm, signature] = inner.value;
  return succeed({
    publicKey: publicKey.value,
    namespace: namespace.toString("utf8"),
    hash: hashName,
    algorithm: algorithm?.toString("latin1") ?? "",
    signature: Buffer.from(signature ?? []),
  });
}

/** Whether the signature is that of the message, made for this namespace. Who the key belongs to is not asked. */
export function verifySsh(read: SshSignature, message: Buffer, namespace: string): boolean {
  if (read.namespace !== namespace) return false;
  const data = signedData(message, namespace, read.hash);
  return verifyWith(read, data);
}

function signedData(message: Buffer, namespace: string, hash: string): Buffer {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([
    Buffer.from(MAGIC),
    ...[Buffer.from(namespace), "", hash, digest].map((part) => sshString(part)),
  ]);
}

function signWith(type: string, key: KeyObject, data: Buffer): Buffer {
  if (type === "ssh-ed25519") return sign(null, data, key);
  if (type === "ssh-rsa") return sign("sha512", data, key);
  const curve = curveOf(type);
  if (curve === undefined) throw new Error(`bug: no way to sign with ${type}`);
  const { bytes, hash } = CURVES[curve];
  const pair = sign(hash, data, { key, dsaEncoding: "ieee-p1363" });
  return Buffer.concat([sshMpint(pair.subarray(0, bytes)), sshMpint(pair.subarray(bytes))]);
}

/** The algorithm is never taken from the signature alone: it must be one of the key's. */
function verifyWith({ publicKey, algorithm, signature }: SshSignature, data: Buffer): boolean {
  const { type, key } = publicKey;
  if (type === "ssh-rsa") {
    if (algorithm !== "rsa-sha2-256" && algorithm !== "rsa-sha2-512") return false;
    return verify(algorithm === "rsa-sha2-256" ? "sha256" : "sha512", data, key, signature);
  }
  if (algorithm !== type) return false;
  if (type === "ssh-ed25519") return signature.length === 64 && verify(null, data, key, signature);
  const curve = curveOf(type);
  const pair = curve === undefined ? undefined : fixedPair(signature, CURVES[curve].bytes);
  if (curve === undefined || pair === undefined) return false;
  return verify(CURVES[curve].hash, data, { key, dsaEncoding: "ieee-p1363" }, pair);
}

/** Two mpints → two numbers of fixed length, as IEEE P1363 has them. */
function fixedPair(signature: Buffer, bytes: number): Buffer | undefined {
  const parts = new SshReader(signature).strings(2);
  if (!parts.ok) return undefined;
  const pair = Buffer.alloc(2 * bytes);
  for (const [index, part] of parts.value.entries()) {
    const number = withoutLeadingZeros(part);
    if (number.length > bytes) return undefined;
    pair.set(number, (index + 1) * bytes - number.length);
  }
  return pair;
}

function armor(blob: Buffer): string {
  const text = blob.toString("base64");
  const lines = text.match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return [BEGIN, ...lines, END, ""].join("\n");
}
