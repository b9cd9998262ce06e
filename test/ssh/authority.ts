import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { findProgram } from "../support/programs.ts";
import { makeKey } from "./ground.ts";

/** An authority that signs keys of users and hosts, made with ssh-keygen as fleets do. */
export interface Authority {
  /** Its private key's file; the public one is beside it. */
  readonly key: string;
  /** Signs `NAME.pub` of the folder, which comes to be `NAME-cert.pub`. `options`: further ones of ssh-keygen. */
  sign(path: string, options: readonly string[]): void;
  /** A fresh key with a certificate beside it. */
  user(name: string, options: readonly string[]): string;
}

export function makeAuthority(dir: string, name: string): Authority {
  const key = makeKey(join(dir, name), "-t", "ed25519");
  const sign = (path: string, options: readonly string[]): void => {
    execFileSync(findProgram("ssh-keygen"), [
      "-q",
      "-s",
      key,
      "-I",
      `made by ${name}`,
      ...options,
      `${path}.pub`,
    ]);
  };
  return {
    key,
    sign,
    user(of, options) {
      const path = makeKey(join(dir, of), "-t", "ed25519");
      sign(path, options);
      return path;
    },
  };
}
