import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { matchPatterns } from "./pattern-list.ts";

/** One key of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownKey {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly marker: "none" | "revoked" | "cert-authority";
  /** Such as "ssh-ed25519". */
  readonly type: string;
  readonly blob: Buffer;
}

interface HashedKey extends KnownKey {
  readonly salt: Buffer;
  readonly digest: Buffer;
}

interface PatternKey extends KnownKey {
  readonly patterns: readonly string[];
}

/** A file's keys: by exact name, and those for which each name has to be tried. */
export interface KnownHosts {
  readonly byName: ReadonlyMap<string, readonly KnownKey[]>;
  readonly hashed: readonly HashedKey[];
  readonly patterned: readonly PatternKey[];
}

/** How known_hosts calls a host: the bare name on port 22, else `[name]:port`. */
export function knownName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** Lines that are no entry are left out, as ssh does. */
export function parseKnownHosts(file: string, text: string): KnownHosts {
  const byName = new Map<string, KnownKey[]>();
  const hashed: HashedKey[] = [];
  const patterned: PatternKey[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const words = raw.trim().split(/[ \t]+/);
    const marker = markerOf(words[0] ?? "");
    if (marker === undefined || words[0] === "" || words[0]?.startsWith("#") === true) continue;
    const [names, type, base64] = marker === "none" ? words : words.slice(1);
    if (names === undefined || type === undefined || base64 === undefined) continue;
    const key = { file, line: index + 1, marker, type, blob: Buffer.from(base64, "base64") };
    if (names.startsWith("|")) {
      const [, version, salt, digest] = names.split("|");
      if (version !== "1" || salt === undefined || digest === undefined) continue;
      hashed.push({ ...key, salt: Buffer.from(salt, "base64"), digest: Buffer.from(digest, "base64") });
      continue;
    }
    const patterns = names.toLowerCase().split(",");
    if (/[*?!]/.test(names)) {
      patterned.push({ ...key, patterns });
      continue;
    }
    for (const name of patterns) {
      const keys = byName.get(name);
      if (keys === undefined) byName.set(name, [key]);
      else keys.push(key);
    }
  }
  return { byName, hashed, patterned };
}

function markerOf(word: string): KnownKey["marker"] | undefined {
  if (!word.startsWith("@")) return "none";
  if (word === "@revoked") return "revoked";
  return word === "@cert-authority" ? "cert-authority" : undefined;
}

/** All keys, of whatever marker, that a file has for a name as `knownName` writes it. */
export function keysFor(known: KnownHosts, name: string): readonly KnownKey[] {
  return [
    ...(known.byName.get(name) ?? []),
    ...known.hashed.filter((key) => isHashOf(key, name)),
    ...known.patterned.filter((key) => matchPatterns(name, key.patterns) === "matches"),
  ];
}

function isHashOf(key: HashedKey, name: string): boolean {
  const digest = createHmac("sha1", key.salt).update(name).digest();
  return digest.length === key.digest.length && timingSafeEqual(digest, key.digest);
}

export type HostKeyVerdict =
  | { readonly kind: "known" }
  | { readonly kind: "revoked"; readonly by: KnownKey }
  /** Other keys are known for the host. */
  | { readonly kind: "changed"; readonly known: readonly KnownKey[] }
  /** No key is known; certificates of `authorities` would be trusted, could they be checked. */
  | { readonly kind: "unknown"; readonly authorities: readonly KnownKey[] };

/**
 * Judges the key that a server showed. `keys`: what is known under the host's own name; `alsoKeys`: under
 * its name without the port, which can vouch for a key but not contradict one, as in OpenSSH.
 */
export function judgeHostKey(
  blob: Buffer,
  keys: readonly KnownKey[],
  alsoKeys: readonly KnownKey[] = [],
): HostKeyVerdict {
  const revoked = [...keys, ...alsoKeys].find((key) => key.marker === "revoked" && key.blob.equals(blob));
  if (revoked !== undefined) return { kind: "revoked", by: revoked };
  const plain = keys.filter((key) => key.marker === "none");
  if (plain.some((key) => key.blob.equals(blob))) return { kind: "known" };
  if (alsoKeys.some((key) => key.marker === "none" && key.blob.equals(blob))) return { kind: "known" };
  if (plain.length > 0) return { kind: "changed", known: plain };
  return { kind: "unknown", authorities: keys.filter((key) => key.marker === "cert-authority") };
}

/** As ssh-keygen -l prints it: `SHA256:` and base64 without padding. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The key type that a key blob begins with. */
export function keyTypeOf(blob: Buffer): string {
  if (blob.length < 4) return "unknown";
  return blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
}

/** The line that a new key is written as. */
export function knownHostsLine(name: string, blob: Buffer): string {
  return `${name} ${keyTypeOf(blob)} ${blob.toString("base64")}\n`;
}
