import { readFileSync } from "node:fs";
import { join } from "node:path";
import { atExit } from "./at-exit.ts";
import type { ChildProgram } from "./child-program.ts";
import { findDescendants, findProcessesWith, type FoundProcess } from "./processes-of.ts";
import type { TempDir } from "./temp-dir.ts";
import { until } from "./until.ts";

/** In an sshd's folder. */
export const LOG = "sshd.log";

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

export interface SshdSetup {
  readonly temp: TempDir;
  readonly port: number;
  readonly user: string;
  readonly names: ReadonlyMap<string, string>;
  readonly start: (port: number) => Promise<ChildProgram>;
}

/** An sshd that was started. */
export class RunningSshd implements Sshd {
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
