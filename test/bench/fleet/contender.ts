import type { Sshd } from "../../support/sshd.ts";

/** What every contender is given: the same hosts, all on one sshd, and so many of them at once. */
export interface Fleet {
  readonly sshd: Sshd;
  /** Names in the ssh_config of `sshd`. */
  readonly names: readonly string[];
  readonly atOnce: number;
  /** Commands on each host: the first on a new connection, the others on what the contender keeps. */
  readonly passes: number;
}

export interface Pass {
  readonly ms: number;
  /** Milliseconds of processor time by process, where it was measured. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

export interface Contender {
  readonly name: string;
  /** Runs `true` on every host, pass after pass, from a cold start; throws when a host did not succeed. */
  run(fleet: Fleet): Promise<readonly Pass[]>;
}

/** What one contender did in one round. */
export interface Lap {
  readonly contender: string;
  readonly passes: readonly Pass[];
  /** Processor time of sshd, its sessions and their commands, for all passes. */
  readonly hostsCpuMs: number;
}
