import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { startFakeServer, type FakeOptions, type FakeServer } from "./fake-server.ts";
import { makeKey, openGround, publicKey, writePrivate, writeSshConfig, type Ground } from "./ground.ts";

let temp: TempDir;
export let hostKey: string;
export let clientKey: string;
export let known: string;
export let passwordFile: string;
let grounds: Ground[] = [];
let servers: FakeServer[] = [];

/** Called by a test file: keys and files for its servers, which end with each test. */
export function useUnrulyServers(): void {
  beforeAll(() => {
    temp = makeTempDir("ssh-unruly");
    hostKey = makeKey(join(temp.path, "host"), "-t", "ed25519");
    clientKey = makeKey(join(temp.path, "client"), "-t", "ed25519");
    known = join(temp.path, "known_hosts");
    passwordFile = writePrivate(join(temp.path, "password"), "open sesame\n");
  });
  afterEach(async () => {
    await Promise.all(grounds.map((ground) => ground.close()));
    await Promise.all(servers.map((server) => server.stop()));
    grounds = [];
    servers = [];
  });
  afterAll(() => temp.remove());
}

/** A server whose host key is known; it ends with the test. */
export async function serve(options: Omit<FakeOptions, "hostKey">): Promise<FakeServer> {
  const server = await startFakeServer({ hostKey, ...options });
  servers.push(server);
  writeFileSync(known, `[127.0.0.1]:${server.port} ${publicKey(hostKey)}\n`);
  return server;
}

/** A worker that reaches it. */
export function reach(server: FakeServer, options: SshOptions = {}, ...lines: string[]): Ground {
  const config = writeSshConfig(temp.path, [
    ...lines,
    `Port ${server.port}`,
    `UserKnownHostsFile ${known}`,
    `IdentityFile ${clientKey}`,
  ]);
  const made = openGround({ sshConfigFiles: [config], ...options });
  grounds.push(made);
  return made;
}
