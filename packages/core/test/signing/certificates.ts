import { createHash } from "node:crypto";
import { operatorKey, sshString, type OperatorKey } from "@roadrunner/core/signing";
import { nodeKey, type KeyKind } from "./keys.ts";

/** Keys, security keys and certificates that are made as OpenSSH would, and as it never would. */

export type AnyKind = KeyKind | "sk ed25519" | "sk ecdsa";
export const SECURITY_KEYS = ["sk ed25519", "sk ecdsa"] as const;

const TOUCHED = 1;

export function keyOfKind(kind: AnyKind): OperatorKey {
  if (kind === "sk ed25519" || kind === "sk ecdsa") return securityKey(kind);
  const made = operatorKey(nodeKey(kind));
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

/** What a security key does, PROTOCOL.u2f, in software: its flags can be any. */
export function securityKey(
  kind: (typeof SECURITY_KEYS)[number],
  { application = "ssh:", flags = TOUCHED, counter = 7, inner = innerOf(kind) } = {},
): OperatorKey {
  const isEd = kind === "sk ed25519";
  const type = isEd ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com";
  const [, ...parts] = stringsOf(inner.publicBlob);
  const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest();
  return {
    publicBlob: strings(type, ...parts, application),
    sign: async (data) => {
      const used = Buffer.concat([Buffer.of(flags), uint32(counter)]);
      const made = await inner.sign(Buffer.concat([sha256(application), used, sha256(data)]));
      if (!made.ok) return made;
      const [, bytes = Buffer.alloc(0)] = stringsOf(made.value);
      return { ok: true, value: Buffer.concat([strings(type, bytes), used]) };
    },
  };
}

function innerOf(kind: (typeof SECURITY_KEYS)[number]): OperatorKey {
  return keyOfKind(kind === "sk ed25519" ? "ed25519" : "ecdsa 256");
}

export interface WantedCertificate {
  readonly isFor?: number;
  readonly serial?: bigint;
  readonly keyId?: string;
  readonly principals?: readonly string[];
  /** Seconds since the epoch. */
  readonly after?: bigint;
  readonly before?: bigint;
  readonly critical?: Readonly<Record<string, string | Uint8Array>>;
  readonly extensions?: Readonly<Record<string, string | Uint8Array>>;
  /** In place of the authority's own. */
  readonly authorityBlob?: Buffer;
}

/** A certificate for a key, and with it a key that signs by it. */
export async function certified(
  key: OperatorKey,
  authority: OperatorKey,
  wanted: WantedCertificate = {},
): Promise<OperatorKey> {
  return { ...key, publicBlob: await certificateFor(key, authority, wanted) };
}

export async function certificateFor(
  key: OperatorKey,
  authority: OperatorKey,
  wanted: WantedCertificate = {},
): Promise<Buffer> {
  const { isFor = 1, serial = 7n, keyId = "alice's laptop", principals = ["alice"] } = wanted;
  const { after = 0n, before = 0xffff_ffff_ffff_ffffn, critical = {}, extensions = {} } = wanted;
  const [type = Buffer.alloc(0), ...parts] = stringsOf(key.publicBlob);
  const certificateType = `${type.toString().replace("@openssh.com", "")}-cert-v01@openssh.com`;
  const options = (of: Readonly<Record<string, string | Uint8Array>>) =>
    strings(...Object.entries(of).flat());
  const signed = Buffer.concat([
    strings(certificateType, "a nonce", ...parts),
    uint64(serial),
    uint32(isFor),
    strings(keyId, strings(...principals)),
    uint64(after),
    uint64(before),
    strings(options(critical), options(extensions), "", wanted.authorityBlob ?? authority.publicBlob),
  ]);
  const made = await authority.sign(signed);
  if (!made.ok) throw new Error(made.error);
  return Buffer.concat([signed, sshString(made.value)]);
}

/** As a line of allowed_signers has it. */
export function keyText(blob: Buffer): string {
  return `${stringsOf(blob)[0]?.toString()} ${blob.toString("base64")}`;
}

export function strings(...parts: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(parts.map((part) => sshString(part)));
}

/** Of bytes that are nothing but strings. */
export function stringsOf(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at))
    found.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)));
  return found;
}

function uint32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

function uint64(number: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(number);
  return bytes;
}
