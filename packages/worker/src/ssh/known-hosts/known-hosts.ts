import { createHmac } from "node:crypto";
import { matchPatterns } from "../config/pattern-list.ts";

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

/** More names than one worker reaches; whoever sends tasks can have it asked for any. */
const MOST_ANSWERS = 100_000;

/** The keys of one known_hosts file, found by name. */
export class KnownHosts {
  readonly #file: string;
  readonly #byName = new Map<string, KnownKey[]>();
  /** For these each name has to be tried; the answers are kept, since each costs a digest per entry. */
  readonly #hashed: HashedKey[] = [];
  readonly #patterned: PatternKey[] = [];
  readonly #answers = new Map<string, readonly KnownKey[]>();
  #lines = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.add(text);
  }

  /** Takes further lines, as they are appended to the file. What is no entry is left out, as ssh does. */
  add(text: string): void {
    this.#answers.clear();
    const lines = text.split("\n");
    for (const line of lines) {
      this.#lines += 1;
      this.#addLine(line, this.#lines);
    }
    // The last piece is not a line yet: what is added next goes on from it.
    this.#lines -= 1;
  }

  /** All keys, of whatever marker, for a name as `knownName` writes it. */
  keysFor(name: string): readonly KnownKey[] {
    const kept = this.#answers.get(name);
    if (kept !== undefined) return kept;
    const keys = [
      ...(this.#byName.get(name) ?? []),
      ...this.#hashed.filter((key) => isHashOf(key, name)),
      ...this.#patterned.filter((key) => matchPatterns(name, key.patterns) === "matches"),
    ];
    if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear();
    this.#answers.set(name, keys);
    return keys;
  }

  #addLine(text: string, line: number): void {
    const words = text.trim().split(/[ \t]+/);
    const marker = markerOf(words[0] ?? "");
    if (marker === undefined || words[0]?.startsWith("#") === true) return;
    const [names, type, base64] = marker === "none" ? words : words.slice(1);
    if (names === undefined || type === undefined || base64 === undefined) return;
    const key = { file: this.#file, line, marker, type, blob: Buffer.from(base64, "base64") };
    if (keyTypeOf(key.blob) !== type) return;
    if (names.startsWith("|")) {
      const [, version, salt, digest] = names.split("|");
      if (version !== "1" || salt === undefined || digest === undefined) return;
      this.#hashed.push({ ...key, salt: Buffer.from(salt, "base64"), digest: Buffer.from(digest, "base64") });
    } else if (/[*?!]/.test(names)) {
      this.#patterned.push({ ...key, patterns: names.toLowerCase().split(",") });
    } else {
      for (const name of names.toLowerCase().split(",")) {
        const keys = this.#byName.get(name);
        if (keys === undefined) this.#byName.set(name, [key]);
        else keys.push(key);
      }
    }
  }
}

function markerOf(word: string): KnownKey["marker"] | undefined {
  if (!word.startsWith("@")) return "none";
  if (word === "@revoked") return "revoked";
  return word === "@cert-authority" ? "cert-authority" : undefined;
}

function isHashOf(key: HashedKey, name: string): boolean {
  return hashName(key.salt, name).equals(key.digest);
}

function hashName(salt: Buffer, name: string): Buffer {
  return createHmac("sha1", salt).update(name).digest();
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
 * its name without the port, which vouches for a key where nothing is known under its own, as in OpenSSH.
 */
export function judgeHostKey(
  blob: Buffer,
  keys: readonly KnownKey[],
  alsoKeys: readonly KnownKey[] = [],
): HostKeyVerdict {
  const fits = ({ marker, blob: known }: KnownKey) => marker === "none" && known.equals(blob);
  const revoked = [...keys, ...alsoKeys].find((key) => key.marker === "revoked" && key.blob.equals(blob));
  if (revoked !== undefined) return { kind: "revoked", by: revoked };
  const plain = keys.filter((key) => key.marker === "none");
  if (plain.some(fits)) return { kind: "known" };
  if (plain.length > 0) return { kind: "changed", known: plain };
  if (alsoKeys.some(fits)) return { kind: "known" };
  return { kind: "unknown", authorities: keys.filter((key) => key.marker === "cert-authority") };
}

/** The key type that a key blob begins with. */
export function keyTypeOf(blob: Buffer): string {
  if (blob.length < 4) return "unknown";
  return blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
}

/** The line that a new key is written as; `salt` (20 bytes) hides the name, as HashKnownHosts asks. */
export function knownHostsLine(name: string, blob: Buffer, salt?: Buffer): string {
  const shown =
    salt === undefined ? name : `|1|${salt.toString("base64")}|${hashName(salt, name).toString("base64")}`;
  return `${shown} ${keyTypeOf(blob)} ${blob.toString("base64")}\n`;
}
