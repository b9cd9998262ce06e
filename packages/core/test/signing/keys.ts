import { execFileSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Each kind of key that may sign: as ssh-keygen makes it, and as Node does. */
const KINDS = {
  ed25519: { args: ["-t", "ed25519"], make: () => generateKeyPairSync("ed25519").privateKey },
  "ecdsa 256": { args: ["-t", "ecdsa", "-b", "256"], make: () => ecKey("P-256") },
  "ecdsa 384": { args: ["-t", "ecdsa", "-b", "384"], make: () => ecKey("P-384") },
  "ecdsa 521": { args: ["-t", "ecdsa", "-b", "521"], make: () => ecKey("P-521") },
  rsa: {
    args: ["-t", "rsa", "-b", "2048"],
    make: () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  },
} as const;
export type KeyKind = keyof typeof KINDS;
export const KEY_KINDS = Object.keys(KINDS) as KeyKind[];

export function nodeKey(kind: KeyKind): KeyObject {
  return KINDS[kind].make();
}

/** A key without a passphrase, made by ssh-keygen. */
export function sshKey(
  folder: string,
  kind: KeyKind,
): { readonly path: string; readonly publicLine: string } {
  const path = join(folder, kind.replaceAll(" ", ""));
  execFileSync("ssh-keygen", ["-q", ...KINDS[kind].args, "-N", "", "-C", "a comment", "-f", path]);
  return { path, publicLine: readFileSync(`${path}.pub`, "utf8").trim() };
}

export function makeFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "rr-signing-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function ecKey(namedCurve: string): KeyObject {
  return generateKeyPairSync("ec", { namedCurve }).privateKey;
}
