import { createHash, sign, verify, type KeyObject } from "node:crypto";
import { fail, succeed, type Result } from "../../errors.ts";
import { CURVES, curveOf, type SshPublicKey } from "./public-key.ts";
import { numberOf, SshReader, sshMpint, sshString } from "./ssh-wire.ts";

/** What a key makes of some bytes (RFC 4253 section 6.6), and what OpenSSH adds for security keys (PROTOCOL.u2f). */

/** What a security key says of how it was used; it signs that with the rest. */
export interface Touch {
  readonly flags: number;
  readonly counter: number;
}

/** Somebody touched it; it knew that somebody by a PIN or a finger (CTAP 2, authenticator data). */
const TOUCHED = 0x01;
const VERIFIED = 0x04;

export interface RawSignature {
  readonly algorithm: string;
  readonly bytes: Buffer;
  /** Of a security key. */
  readonly touch?: Touch;
}

export function wasTouched(touch: Touch | undefined): boolean {
  return touch !== undefined && (touch.flags & TOUCHED) !== 0;
}

export function knewItsUser(touch: Touch | undefined): boolean {
  return touch !== undefined && (touch.flags & VERIFIED) !== 0;
}

/** The error completes "the signature …". */
export function readRawSignature(blob: Buffer): Result<RawSignature, string> {
  const reader = new SshReader(blob);
  const algorithm = reader.string()?.toString("latin1");
  const bytes = reader.string();
  if (algorithm === undefined || bytes === undefined) return fail("is cut off");
  const made = { algorithm, bytes: Buffer.from(bytes) };
  if (!algorithm.startsWith("sk-")) return reader.atEnd ? succeed(made) : fail("has bytes behind its end");
  const flags = reader.raw(1)?.readUInt8(0);
  const counter = reader.uint32();
  if (flags === undefined || counter === undefined) return fail("is cut off");
  return reader.atEnd ? succeed({ ...made, touch: { flags, counter } }) : fail("has bytes behind its end");
}

/** The algorithm that a key of this type signs with; for RSA never SHA-1. */
export function signatureAlgorithm(keyType: string): string {
  return keyType === "ssh-rsa" ? "rsa-sha2-512" : keyType;
}

/** Why a key of this type cannot have made it; the algorithm is never taken from the signature alone. */
export function algorithmFault(keyType: string, algorithm: string): string | undefined {
  const fits = keyType === "ssh-rsa" ? /^rsa-sha2-(?:256|512)$/.test(algorithm) : algorithm === keyType;
  if (fits) return undefined;
  const said = JSON.stringify(algorithm.slice(0, 60));
  return algorithm === "ssh-rsa"
    ? "was made with ssh-rsa, whose SHA-1 proves nothing"
    : `was made with ${said}, which is not for a key of the type ${keyType}`;
}

/** Only with a key that Node holds: security keys sign by themselves. */
export function signRaw(type: string, key: KeyObject, data: Buffer): Buffer {
  return Buffer.concat([sshString(signatureAlgorithm(type)), sshString(signWith(type, key, data))]);
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

/** Why a signature blob is not one of these bytes by this key; completes "a signature that …". */
export function signatureFault(publicKey: SshPublicKey, blob: Buffer, data: Buffer): string | undefined {
  const made = readRawSignature(blob);
  if (!made.ok) return made.error;
  const fault = algorithmFault(publicKey.type, made.value.algorithm);
  if (fault !== undefined) return fault;
  return verifyRaw(publicKey, made.value, data) ? undefined : "is not of this key";
}

/** Whether the key has made it of these bytes. */
export function verifyRaw(publicKey: SshPublicKey, made: RawSignature, data: Buffer): boolean {
  const { type, key, application } = publicKey;
  const { algorithm, bytes, touch } = made;
  if (algorithmFault(type, algorithm) !== undefined) return false;
  if (type === "ssh-rsa") return verify(algorithm === "rsa-sha2-256" ? "sha256" : "sha512", data, key, bytes);
  // By the algorithm a signature has a touch where the key has an application, and only there.
  const signed =
    application === undefined || touch === undefined ? data : bySecurityKey(application, touch, data);
  if (key.asymmetricKeyType === "ed25519") return bytes.length === 64 && verify(null, signed, key, bytes);
  const curve = curveOf(type);
  const pair = curve === undefined ? undefined : fixedPair(bytes, CURVES[curve].bytes);
  if (curve === undefined || pair === undefined) return false;
  return verify(CURVES[curve].hash, signed, { key, dsaEncoding: "ieee-p1363" }, pair);
}

/** A security key signs a digest of the bytes, and says with them for whom and how it was used. */
function bySecurityKey(application: Buffer, { flags, counter }: Touch, data: Buffer): Buffer {
  const used = Buffer.alloc(5);
  used.writeUInt8(flags, 0);
  used.writeUInt32BE(counter, 1);
  return Buffer.concat([sha256(application), used, sha256(data)]);
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** Two mpints → two numbers of fixed length, as IEEE P1363 has them. */
function fixedPair(signature: Buffer, bytes: number): Buffer | undefined {
  const parts = new SshReader(signature).strings(2);
  if (!parts.ok) return undefined;
  const pair = Buffer.alloc(2 * bytes);
  for (const [index, part] of parts.value.entries()) {
    const number = numberOf(part);
    if (number === undefined || number.length > bytes) return undefined;
    pair.set(number, (index + 1) * bytes - number.length);
  }
  return pair;
}
