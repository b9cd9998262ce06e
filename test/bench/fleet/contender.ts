import type { Sshd } from "../../support/sshd.ts";

/** What every contender is given: the same hosts, all on one sshd, and so many of them at once. */
export interface Fleet {
  readonly sshd: Sshd;
  /** Names in the ssh_config of `sshd`. */
  readonly names: readonly string[];
  readonly atOnce: number;
  /** Commands on each host: the first on a new connection, the others on what the contender keeps. */
  readonly passes: number;
  /** Passes before those, of which nothing is told and whose connections have ended; 0: from a cold start. */
  readonly warmUp: number;
  /** Hosts have a /var/tmp of their own: records may go where they go by default. */
  readonly isApart?: boolean;
}

export interface Pass {
  readonly ms: number;
  /** Milliseconds of processor time by process, where it was measured. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

export interface Contender {
  readonly name: string;
  /** Runs `true` on every host, pass after pass; throws when a host did not succeed. */
  run(fleet: Fleet): Promise<readonly Pass[]>;
}

/** What one contender did in one round. */
export interface Lap {
  readonly contender: string;
  readonly passes: readonly Pass[];
  /** On each host, the warm-up's among them. */
  readonly commands: number;
  /** Processor time of sshd, its sessions and their commands, for all commands. */
  readonly hostsCpuMs: number;
}
