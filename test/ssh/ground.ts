import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSshHosts, type SshLogger, type SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import type {
  ChannelEnd,
  Channel,
  Transport,
  Lease,
  TransportProblem,
  HostTarget,
} from "../../packages/worker/src/transport/transport.ts";
import { findProgram } from "../support/programs.ts";

/** Generous: the machine is shared. Tests of the bound itself give their own. */
export const CONNECT_TIMEOUT_MS = 60_000;

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly end: ChannelEnd;
}

/** One worker's connections, with what it logged, and shorthands that throw where a test expects success. */
export interface Ground extends Transport {
  readonly warnings: string[];
  /** What it said of its own accord. */
  readonly told: string[];
  lease(target: string | Partial<HostTarget>): Promise<Lease>;
  /** Why the host cannot be reached. */
  problem(target: string | Partial<HostTarget>, signal?: AbortSignal): Promise<TransportProblem>;
  /** Connects, runs to the end, releases. */
  run(target: string | Partial<HostTarget>, command: string): Promise<Ran>;
}

export function openGround(options: SshOptions = {}): Ground {
  const warnings: string[] = [];
  const told: string[] = [];
  const logger: SshLogger = {
    debug: () => {},
    info: (message) => void told.push(message),
    warn: (message) => void warnings.push(message),
  };
  const hosts = createSshHosts({ logger, ...options });
  const connect = (target: string | Partial<HostTarget>, signal?: AbortSignal) =>
    hosts.connect(
      {
        host: "127.0.0.1",
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        ...(typeof target === "string" ? { host: target } : target),
      },
      signal,
    );
  const lease = async (target: string | Partial<HostTarget>) => {
    const got = await connect(target);
    if (!got.ok) throw new Error(`${got.error.reason}: ${got.error.message}`);
    return got.value;
  };
  return {
    connect: (target, signal) => hosts.connect(target, signal),
    doorOf: (target) => hosts.doorOf(target),
    stats: () => hosts.stats(),
    close: () => hosts.close(),
    warnings,
    told,
    lease,
    async problem(target, signal) {
      const got = await connect(target, signal);
      if (got.ok) throw new Error("connected, although it should not");
      return got.error;
    },
    async run(target, command) {
      const held = await lease(target);
      try {
        return await outputOf(await opened(held, command));
      } finally {
        held.release();
      }
    },
  };
}

/** The channel, or an exception with its problem. */
export async function opened(lease: Lease, command: string): Promise<Channel> {
  const channel = await lease.exec(command);
  if (!channel.ok) throw new Error(`${channel.error.reason}: ${channel.error.message}`);
  return channel.value;
}

/** Closes stdin and reads everything. */
export async function outputOf(channel: Channel): Promise<Ran> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  channel.onData((stream, chunk) => void chunks[stream].push(chunk));
  channel.end();
  const end = await channel.ended;
  return {
    stdout: Buffer.concat(chunks.stdout).toString(),
    stderr: Buffer.concat(chunks.stderr).toString(),
    end,
  };
}

/** Runs ssh-keygen with further arguments; the key comes to be at `path`. */
export function makeKey(path: string, ...args: string[]): string {
  const passphrase = args.includes("-N") ? [] : ["-N", ""];
  execFileSync(findProgram("ssh-keygen"), [
    "-q",
    "-f",
    path,
    "-C",
    "made for a test",
    ...passphrase,
    ...args,
  ]);
  return path;
}

/** "TYPE BASE64" of a public key file. */
export function publicKey(path: string): string {
  return readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
}

export function writePrivate(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
  return path;
}

/** A client configuration of these lines, with nothing of the tester's own. */
export function writeSshConfig(dir: string, lines: readonly string[], name = "ssh_config"): string {
  const path = join(dir, name);
  return writePrivate(path, `${lines.join("\n")}\n`);
}
