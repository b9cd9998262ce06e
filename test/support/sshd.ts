import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { apart } from "./apart.ts";
import { startChild, type ChildProgram } from "./child-program.ts";
import { findFreePort } from "./free-port.ts";
import { hidingProc, type HidePid } from "./private-proc.ts";
import { findProgram } from "./programs.ts";
import { LOG, RunningSshd, type Sshd } from "./running-sshd.ts";
import { knownHosts, sshClientConfig, sshdConfig } from "./sshd-config.ts";
import { makeTempDir, type TempDir } from "./temp-dir.ts";
import { until } from "./until.ts";

const PORT_ATTEMPTS = 5;
const LEAST_START_MS = 20_000;
/** Hosts apart are an sshd each. */
const EACH_START_MS = 200;
const HOSTS_PER_NETWORK = 250;

export type { Sshd } from "./running-sshd.ts";

export interface SshdOptions {
  /** More lines for sshd_config; they go before ours, so they win; `Match` blocks are put last. */
  readonly config?: string;
  /** How many, or which names or 127.x.y.z addresses; default 1. */
  readonly hosts?: number | readonly string[];
  /** Who logs in; default: who runs the tests. */
  readonly user?: string;
  /** Its /proc hides processes of others; its process ids are then not ours. */
  readonly hidePid?: HidePid;
  /** Further variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Each host has process numbers of its own, as hosts have. */
  readonly apart?: boolean;
}

/**
 * For commands: a line of shell that sets `d` to the host's own folder, made if it is missing. Each address
 * has one, so that hosts on one sshd can differ: `${ownFolder}; test ! -e $d/broken && touch $d/done`.
 */
export const ownFolder = 'set -- $SSH_CONNECTION; d=$RR_TEST_DIR/$3; mkdir -p "$d"';

/**
 * Starts a real sshd that listens on every 127.x.y.z address, with fresh keys, and returns when it greets.
 * Needs root and Linux, and says so.
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (process.platform !== "linux")
    throw new Error("the tests with a real sshd need Linux: all of 127.0.0.0/8");
  if (userInfo().uid !== 0) throw new Error("the tests with a real sshd need root: sudo npm test");
  const program = findProgram("sshd");
  const temp = makeTempDir("sshd");
  try {
    return await startIn(temp, program, options);
  } catch (error) {
    temp.remove();
    throw error;
  }
}

async function startIn(temp: TempDir, program: string, options: SshdOptions): Promise<Sshd> {
  const dir = temp.path;
  const user = options.user ?? userInfo().username;
  prepareFolder(dir);
  // sshd's unprivileged half is locked into this folder; its path is built into sshd.
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const names = addressesFor(options.hosts ?? 1);
  const start = async (port: number) => {
    const config = {
      dir,
      port,
      version: versionOf(program),
      lockedPassword: hasLockedPassword(user),
      marker: dir,
      extra: options.config ?? "",
      ...(options.apart === true ? { listen: "" } : {}),
    };
    writeFileSync(join(dir, "sshd_config"), sshdConfig(config));
    writeFileSync(join(dir, "ssh_config"), sshClientConfig({ dir, port, user, names }));
    const hostKey = readFileSync(join(dir, "host_key.pub"), "utf8");
    writeFileSync(join(dir, "known_hosts"), knownHosts(hostKey, port, names));
    const args = ["-D", "-E", join(dir, LOG), "-f", join(dir, "sshd_config")];
    const { hidePid } = options;
    const addresses = [...names.values()];
    if (options.apart === true) return startOn(apart(program, args, addresses), dir, port, addresses);
    const own = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
    const plain =
      own.length === 0 ? ([program, args] as const) : (["/usr/bin/env", [...own, program, ...args]] as const);
    const words = hidePid === undefined ? plain : hidingProc(hidePid, program, args);
    return startOn(words, dir, port, ["127.0.0.1"]);
  };
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort("0.0.0.0");
    try {
      return new RunningSshd(await start(port), { temp, port, user, names, start });
    } catch (error) {
      const taken = error instanceof Error && /address already in use/i.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function prepareFolder(dir: string): void {
  // Another login user must get at authorized_keys and at the commands' folder; keys stay 0600.
  chmodSync(dir, 0o755);
  for (const folder of ["work", "home"]) {
    mkdirSync(join(dir, folder));
    chmodSync(join(dir, folder), 0o777);
  }
  for (const name of ["host_key", "client_key"]) {
    execFileSync(findProgram("ssh-keygen"), [
      "-q",
      "-t",
      "ed25519",
      "-N",
      "",
      "-C",
      name,
      "-f",
      join(dir, name),
    ]);
  }
  writeFileSync(join(dir, "authorized_keys"), readFileSync(join(dir, "client_key.pub")));
}

function addressesFor(hosts: number | readonly string[]): Map<string, string> {
  const nth = (index: number) =>
    `127.7.${Math.floor(index / HOSTS_PER_NETWORK)}.${(index % HOSTS_PER_NETWORK) + 1}`;
  const wanted = typeof hosts === "number" ? Array.from({ length: hosts }, (_, index) => nth(index)) : hosts;
  return new Map(wanted.map((name, index) => [name, /^127(\.\d+){3}$/.test(name) ? name : nth(index)]));
}

/** "OpenSSH_9.2p1 Debian-2+deb12u10, …" is 9.2; older ones call -V an unknown option, but tell it as well. */
function versionOf(program: string): number {
  const { stderr } = spawnSync(program, ["-V"], { encoding: "utf8" });
  return Number(/OpenSSH_(\d+\.\d+)/.exec(stderr)?.[1] ?? 0);
}

function hasLockedPassword(user: string): boolean {
  const line = readFileSync("/etc/shadow", "utf8")
    .split("\n")
    .find((line) => line.startsWith(`${user}:`));
  return line?.split(":")[1]?.startsWith("!") ?? false;
}

async function startOn(
  [program, args]: readonly [string, readonly string[]],
  dir: string,
  port: number,
  listeners: readonly string[],
): Promise<ChildProgram> {
  // A file instead of -e and a pipe: what is written is there, whenever this process comes to read it.
  writeFileSync(join(dir, LOG), "");
  const child = startChild(program, args);
  const log = () => child.output() + readFileSync(join(dir, LOG), "utf8");
  try {
    const greeted = async () => {
      if (!child.running) throw new Error("it ended");
      // Its own word that it listens first: another server may hold the port and greet in its place.
      const listening = log().match(new RegExp(`^Server listening on \\S+ port ${port}\\.`, "gm")) ?? [];
      return listening.length === listeners.length && (await greets(listeners[0] ?? "", port));
    };
    await until("sshd to greet", greeted, { withinMs: LEAST_START_MS + EACH_START_MS * listeners.length });
    return child;
  } catch (error) {
    await child.kill();
    const why = error instanceof Error ? error.message : "";
    throw new Error(`sshd did not start on port ${port}: ${why}\n${log()}`, { cause: error });
  }
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.setTimeout(5_000, () => socket.destroy());
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    socket.once("data", (chunk) => {
      resolve(chunk.toString("latin1").startsWith("SSH-2.0-"));
      socket.destroy();
    });
  });
}
