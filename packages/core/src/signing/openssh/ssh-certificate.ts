import { fail, succeed, type Result } from "../../errors.ts";
import { SshReader, sshString } from "./ssh-wire.ts";

/** OpenSSH's certificates, PROTOCOL.certkeys: what `ssh-keygen -s` makes, taken apart and not yet believed. */

/** Ten RSA keys' worth; each submission of a signed run carries it. */
export const MAX_SSH_CERTIFICATE_BYTES = 8192;
/** As OpenSSH bounds them. */
const MAX_PRINCIPALS = 256;
const MAX_PRINCIPAL_CHARACTERS = 255;
const MAX_OPTIONS = 256;
const FOREVER = 0xffff_ffff_ffff_ffffn;
const USER = 1;
const HOST = 2;

/** Of each kind: the type of the key that it certifies, and of how many strings that key is made. */
const KINDS: Readonly<Record<string, readonly [type: string, parts: number]>> = {
  "ssh-ed25519-cert-v01@openssh.com": ["ssh-ed25519", 1],
  "ssh-rsa-cert-v01@openssh.com": ["ssh-rsa", 2],
  "ecdsa-sha2-nistp256-cert-v01@openssh.com": ["ecdsa-sha2-nistp256", 2],
  "ecdsa-sha2-nistp384-cert-v01@openssh.com": ["ecdsa-sha2-nistp384", 2],
  "ecdsa-sha2-nistp521-cert-v01@openssh.com": ["ecdsa-sha2-nistp521", 2],
  "sk-ssh-ed25519-cert-v01@openssh.com": ["sk-ssh-ed25519@openssh.com", 2],
  "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com": ["sk-ecdsa-sha2-nistp256@openssh.com", 3],
};

export interface CertificateOption {
  readonly name: string;
  readonly value: Buffer;
}

export interface SshCertificate {
  /** Such as `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string;
  readonly blob: Buffer;
  /** The public key that it certifies, by itself. */
  readonly keyBlob: Buffer;
  readonly serial: bigint;
  readonly isFor: "user" | "host";
  /** What its authority calls it. */
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Milliseconds since the epoch, inclusive. */
  readonly validAfterMs: number;
  /** Exclusive; infinite where it never ends. */
  readonly validBeforeMs: number;
  readonly criticalOptions: readonly CertificateOption[];
  readonly extensions: readonly CertificateOption[];
  /** Public key of the authority. */
  readonly authorityBlob: Buffer;
  /** The bytes that the authority has signed, and what it signed them with. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Whether a type of a key is that of a certificate. */
export function isCertificateType(type: string): boolean {
  return type.includes("-cert-v");
}

/** The first string of a key, a certificate or a signature. */
export function typeOfBlob(blob: Buffer): string {
  return new SshReader(blob).string()?.toString("latin1") ?? "";
}

/** Reads a line as in NAME-cert.pub; the error completes "the certificate …". */
export function readCertificateLine(line: string): Result<SshCertificate, string> {
  const match = /^\s*(\S+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t][^\n]*)?\s*$/.exec(line);
  if (match === null) return fail("is no line of a type and a key in base64");
  const read = readSshCertificate(Buffer.from(match[2] ?? "", "base64"));
  if (read.ok && read.value.type !== match[1])
    return fail(`is of the type ${read.value.type}, not ${match[1]}`);
  return read;
}

/** Takes a certificate apart; the error completes "the certificate …". Nothing of it is checked yet. */
export function readSshCertificate(blob: Buffer): Result<SshCertificate, string> {
  if (blob.length > MAX_SSH_CERTIFICATE_BYTES)
    return fail(`has ${blob.length} bytes; at most ${MAX_SSH_CERTIFICATE_BYTES} are taken`);
  const reader = new SshReader(blob);
  const type = reader.string()?.toString("latin1") ?? "";
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined)
    return fail(`is of a kind that is not supported (${JSON.stringify(type.slice(0, 60))})`);
  const [keyType, parts] = kind;
  const nonce = reader.string();
  const key = Array.from({ length: parts }, () => reader.string() ?? Buffer.alloc(0));
  const serial = reader.uint64();
  const isFor = reader.uint32();
  const keyId = reader.string();
  const principals = reader.string();
  const [after, before] = [reader.uint64(), reader.uint64()];
  const [critical, extensions, reserved] = [reader.string(), reader.string(), reader.string()];
  const authorityBlob = reader.string();
  const signed = blob.subarray(0, reader.at);
  const signature = reader.string();
  // After one that is cut off nothing more is read, the key's parts included.
  if (nonce === undefined || serial === undefined || keyId === undefined || principals === undefined)
    return fail("is cut off");
  if (after === undefined || before === undefined || critical === undefined || extensions === undefined)
    return fail("is cut off");
  if (reserved === undefined || authorityBlob === undefined || signature === undefined)
    return fail("is cut off");
  if (!reader.atEnd) return fail("has bytes behind its end");
  if (isFor !== USER && isFor !== HOST) return fail(`is neither a user's nor a host's (${isFor})`);
  const names = readPrincipals(principals);
  if (!names.ok) return names;
  const criticalOptions = readOptions(critical);
  const extensionOptions = readOptions(extensions);
  if (criticalOptions === undefined || extensionOptions === undefined) return fail("has damaged options");
  if (isCertificateType(typeOfBlob(authorityBlob)))
    return fail("is signed by a certificate; an authority is a key by itself");
  return succeed({
    type,
    blob,
    keyBlob: Buffer.concat([keyType, ...key].map((part) => sshString(part))),
    serial,
    isFor: isFor === USER ? "user" : "host",
    keyId: keyId.toString("utf8"),
    principals: names.value,
    validAfterMs: millisecondsOf(after),
    validBeforeMs: millisecondsOf(before),
    criticalOptions,
    extensions: extensionOptions,
    authorityBlob,
    signed,
    signature,
  });
}

/** Names decide: one that two texts could stand for is none. */
function readPrincipals(bytes: Buffer): Result<readonly string[], string> {
  const list = new SshReader(bytes).list(MAX_PRINCIPALS);
  if (list === undefined) return fail(`has damaged principals, or more than ${MAX_PRINCIPALS}`);
  const names = list.map((one) => one.toString("utf8"));
  const isBad = (name: string, index: number): boolean =>
    !(list[index]?.equals(Buffer.from(name)) ?? false) ||
    name === "" ||
    name.length > MAX_PRINCIPAL_CHARACTERS ||
    /\p{Cc}/u.test(name);
  return names.some((name, index) => isBad(name, index))
    ? fail("has a principal that is empty, too long or no plain text")
    : succeed(names);
}

function readOptions(bytes: Buffer): readonly CertificateOption[] | undefined {
  const list = new SshReader(bytes).list(2 * MAX_OPTIONS);
  if (list === undefined || list.length % 2 !== 0) return undefined;
  return Array.from({ length: list.length / 2 }, (_, index) => ({
    name: list[2 * index]?.toString("utf8") ?? "",
    value: list[2 * index + 1] ?? Buffer.alloc(0),
  }));
}

function millisecondsOf(seconds: bigint): number {
  return seconds === FOREVER ? Number.POSITIVE_INFINITY : Number(seconds) * 1000;
}
