import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { apart } from "./apart.ts";
import { atExit } from "./at-exit.ts";
import { startChild, type ChildProgram } from "./child-program.ts";
import { findFreePort } from "./free-port.ts";
import { hidingProc, type HidePid } from "./private-proc.ts";
import { findDescendants, findProcessesWith, type FoundProcess } from "./processes-of.ts";
import { findProgram } from "./programs.ts";
import { knownHosts, sshClientConfig, sshdConfig } from "./sshd-config.ts";
import { makeTempDir, type TempDir } from "./temp-dir.ts";
import { until } from "./until.ts";

const PORT_ATTEMPTS = 5;
const HOSTS_PER_NETWORK = 250;

export interface Sshd {
  readonly port: number;
  /** Of the listener. */
  readonly pid: number;
  /** 127.x.y.z, one for each host. */
  readonly hosts: readonly string[];
  /** The address of a host that was asked for by name. */
  address(name: string): string;
  /** The folder of keys and configuration; removed by `stop`. */
  readonly dir: string;
  /** Private key file that may log in. */
  readonly clientKey: string;
  readonly knownHostsFile: string;
  /** OpenSSH client configuration for the hosts: port, user, key, known_hosts, HostName of each name. */
  readonly sshConfigFile: string;
  readonly user: string;
  /**
   * A folder for what commands leave behind, writable for every user. Commands see it as $RR_TEST_DIR, and
   * their own address as field 3 of $SSH_CONNECTION; see `ownFolder`.
   */
  readonly workDir: string;
  /** Since its last start. */
  log(): string;
  /**
   * The log when no connection is left, and so complete: the process that decides on a login answers it
   * first and writes its line afterwards.
   */
  closedLog(): Promise<string>;
  /** How many connections it serves, those that are not logged in among them. */
  connections(): number;
  /** Processes of sessions that are alive: login shells, commands, and what these left running. */
  running(): FoundProcess[];
  /** Ends sshd, its sessions and whatever these left running; removes the folder. */
  stop(): Promise<void>;
  /** kill -9 of sshd and all its sessions' processes, as when a box loses power; the folder stays until `stop`. */
  kill(): Promise<void>;
  /** After `kill`: starts sshd again, same port and keys. */
  restart(): Promise<void>;
}

export interface SshdOptions {
  /** More lines for sshd_config; they go before ours, so they win; `Match` blocks are put last. */
  readonly config?: string;
  /** How many, or which names or 127.x.y.z addresses; default 1. */
  readonly hosts?: number | readonly string[];
  /** Who logs in; default: who runs the tests. */
  readonly user?: string;
  /** Its /proc hides processes of others; its process ids are then not ours. */
  readonly hidePid?: HidePid;
  /** Each host has process numbers of its own, as hosts have. */
  readonly apart?: boolean;
}

const LOG = "sshd.log";

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
    const words = hidePid === undefined ? ([program, args] as const) : hidingProc(hidePid, program, args);
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
    await until("sshd to greet", async () => {
      if (!child.running) throw new Error("it ended");
      // Its own word that it listens first: another server may hold the port and greet in its place.
      const listening = log().match(new RegExp(`^Server listening on \\S+ port ${port}\\.`, "gm")) ?? [];
      return listening.length === listeners.length && (await greets(listeners[0] ?? "", port));
    });
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

interface SshdSetup {
  readonly temp: TempDir;
  readonly port: number;
  readonly user: string;
  readonly names: ReadonlyMap<string, string>;
  readonly start: (port: number) => Promise<ChildProgram>;
}

class RunningSshd implements Sshd {
  readonly port: number;
  readonly hosts: readonly string[];
  readonly dir: string;
  readonly clientKey: string;
  readonly knownHostsFile: string;
  readonly sshConfigFile: string;
  readonly user: string;
  readonly workDir: string;
  readonly #setup: SshdSetup;
  readonly #done: () => void;
  #child: ChildProgram;

  constructor(child: ChildProgram, setup: SshdSetup) {
    this.#child = child;
    this.#setup = setup;
    this.port = setup.port;
    this.user = setup.user;
    this.hosts = Array.from(setup.names.values());
    this.dir = setup.temp.path;
    this.clientKey = join(this.dir, "client_key");
    this.knownHostsFile = join(this.dir, "known_hosts");
    this.sshConfigFile = join(this.dir, "ssh_config");
    this.workDir = join(this.dir, "work");
    this.#done = atExit(`sshd's sessions (port ${this.port})`, () => this.#killSessions());
  }

  address(name: string): string {
    const address = this.#setup.names.get(name);
    if (address === undefined) throw new Error(`this sshd has no host ${name}`);
    return address;
  }

  get pid(): number {
    return this.#child.pid;
  }

  log(): string {
    return readFileSync(join(this.dir, LOG), "utf8");
  }

  async closedLog(): Promise<string> {
    await until("sshd's connections to end", () => this.connections() === 0);
    return this.log();
  }

  connections(): number {
    return findDescendants(this.pid).filter(
      ({ commandLine }) => commandLine.startsWith("sshd: ") && !commandLine.includes("[listener]"),
    ).length;
  }

  running(): FoundProcess[] {
    return findProcessesWith("RR_TEST_SSHD", this.dir);
  }

  async stop(): Promise<void> {
    await this.kill();
    this.#setup.temp.remove();
    this.#done();
  }

  async kill(): Promise<void> {
    // The listener first, so that no new session comes; its sessions are asked for while it still is
    // their parent, and the commands by their environment, since these may have left the family.
    this.#child.signal("SIGSTOP");
    this.#killSessions();
    await this.#child.kill();
    await until("sshd's sessions to end", () => {
      this.#killSessions();
      return this.running().length === 0;
    });
  }

  async restart(): Promise<void> {
    if (this.#child.running) await this.kill();
    this.#child = await this.#setup.start(this.port);
  }

  #killSessions(): void {
    const family = this.#child.running ? findDescendants(this.#child.pid) : [];
    for (const { pid } of [...family, ...this.running()]) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended meanwhile.
      }
    }
  }
}
