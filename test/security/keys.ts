import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTempDir } from "../support/temp-dir.ts";

export interface Keys {
  /** A folder for whatever goes with them. */
  readonly path: string;
  /** Makes a key; gives the path of the private one. */
  make(name: string, ...args: readonly string[]): string;
  /** Writes an allowed_signers file with these keys, each under its own name. */
  allow(file: string, ...names: readonly string[]): string;
  remove(): void;
}

/** Operators' keys in a temp folder, made by ssh-keygen. */
export function makeKeys(): Keys {
  const temp = makeTempDir("keys");
  const at = (name: string) => join(temp.path, name);
  return {
    path: temp.path,
    make(name, ...args) {
      const kind = args.length === 0 ? ["-t", "ed25519", "-N", ""] : args;
      execFileSync("ssh-keygen", ["-q", ...kind, "-C", name, "-f", at(name)]);
      return at(name);
    },
    allow(file, ...names) {
      const lines = names.map((name) => `${name} ${readFileSync(at(`${name}.pub`), "utf8")}`);
      writeFileSync(at(file), lines.join(""));
      return at(file);
    },
    remove: () => temp.remove(),
  };
}
