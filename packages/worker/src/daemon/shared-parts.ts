import type { AuditLog } from "../authority/audit-log.ts";
import type { Authority } from "../authority/authority.ts";
import type { Refusal } from "../authority/refusal.ts";
import type { KeptShells } from "../visit/kept/kept-shells.ts";
import type { Transport } from "../transport/transport.ts";
import type { BegunTasks } from "./memory/begun-tasks.ts";
import type { Moment } from "./clocks.ts";
import type { Epochs } from "./memory/epochs.ts";
import type { KeptAnswers } from "./memory/kept-answers.ts";
import type { Log } from "@roadrunner/core/service";
import type { WorkerObserver } from "./observer.ts";
import type { PruneDays } from "./memory/prune-days.ts";
import type { Revocations } from "./memory/revocations.ts";
import type { RunningTasks } from "./memory/running-tasks.ts";
import type { SignsOfLife } from "./task/signs-of-life.ts";

/** What every task of this worker shares. */
export interface SharedParts {
  readonly workerId: string;
  readonly version: string;
  readonly places: number;
  readonly maxOutputBytes: number;
  readonly secretsDir?: string;
  readonly recordDir?: string;
  readonly sudoPasswordFile?: string;
  readonly authority: Authority;
  /** Messages that were made too long ago are not taken, so the clocks of clients matter. */
  readonly takesInTimeOnly: boolean;
  readonly audit?: AuditLog;
  readonly hosts: Transport;
  /** Absent: no shell is kept. */
  readonly shells?: KeptShells;
  readonly revocations: Revocations;
  readonly epochs: Epochs;
  readonly pruneDays: PruneDays;
  readonly kept: KeptAnswers;
  readonly running: RunningTasks;
  readonly begun: BegunTasks;
  /** For what others can bring about: it bounds a flood. */
  readonly log: Log;
  readonly observer: WorkerObserver;
}

/** One Gearman job as the daemon sees it: bytes in, progress lines out. */
export interface TaskJob {
  readonly functionName: string;
  readonly unique: string;
  /** Empty where it was longer than is read; `workloadBytes` tells its length. */
  readonly workload: Buffer;
  readonly workloadBytes: number;
  /** It could not be opened. */
  readonly fault?: Refusal | undefined;
  /** When it was grabbed: a worker that slept through a night must notice. */
  readonly grabbedAt: Moment;
  /** False when the connection is gone. */
  send(line: string): Promise<boolean>;
  /** True when the job server is known to have read all lines that were sent; false when the connection is gone. */
  arrived(): Promise<boolean>;
  /** For who submitted it by hand and wants to be told: so many parts of so many are done. */
  status(done: number, all: number): void;
  readonly life: SignsOfLife;
}
