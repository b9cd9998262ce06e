import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { makeKey, openGround, publicKey, writeSshConfig, type Ground } from "./ground.ts";

export const HOST = "127.7.0.1";
export let temp: TempDir;
export let known: string;
export let other: string;
export let otherRsa: string;
export let sshd: Sshd;
/** The server's public key. */
export let ours: string;
let grounds: Ground[] = [];

/** Called by a test file: a server with 50 addresses, two keys that it has not, and known_hosts, which goes with each test. */
export function useHostKeys(): void {
  beforeAll(async () => {
    temp = makeTempDir("ssh-host-keys");
    known = join(temp.path, "known_hosts");
    other = makeKey(join(temp.path, "other"), "-t", "ed25519");
    otherRsa = makeKey(join(temp.path, "other_rsa"), "-t", "rsa", "-b", "2048");
    sshd = await startSshd({ hosts: 50 });
    ours = publicKey(join(sshd.dir, "host_key"));
  });
  afterEach(async () => {
    await Promise.all(grounds.map((ground) => ground.close()));
    grounds = [];
    rmSync(known, { force: true });
  });
  afterAll(async () => {
    await sshd.stop();
    temp.remove();
  });
}

export function configFile(lines: readonly string[]): string {
  return writeSshConfig(temp.path, [
    ...lines,
    `UserKnownHostsFile ${known}`,
    "GlobalKnownHostsFile /dev/null",
    `IdentityFile ${sshd.clientKey}`,
    "IdentitiesOnly yes",
    `Port ${sshd.port}`,
  ]);
}

/** A worker with these options, until the end of the test. */
export function groundWith(options: SshOptions): Ground {
  const made = openGround(options);
  grounds.push(made);
  return made;
}

export function ground(...lines: string[]): Ground {
  return groundWith({ sshConfigFiles: [configFile(lines)] });
}

/** [address]:port, as known_hosts has it. */
export function name(host = HOST): string {
  return `[${host}]:${sshd.port}`;
}

export function hashed(line: string): string {
  const path = join(temp.path, "to_hash");
  writeFileSync(path, line);
  execFileSync(findProgram("ssh-keygen"), ["-H", "-f", path], { stdio: "ignore" });
  const text = readFileSync(path, "utf8");
  rmSync(`${path}.old`, { force: true });
  return text;
}
