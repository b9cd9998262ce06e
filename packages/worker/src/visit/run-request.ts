import type { Blame, HostBoot, Result } from "@roadrunner/core";
import type { Lease, TransportProblem } from "../transport/transport.ts";
import type { KeptShells } from "./kept/kept-shells.ts";
import type { RemoteTask } from "../program/remote-task.ts";

/** A lease on a connection to the task's host, kept or new; the callee releases it. */
export type Connect = (signal?: AbortSignal) => Promise<Result<Lease, TransportProblem>>;

/** Why nothing may start. */
export interface StartRefusal {
  readonly outcome: "refused" | "skipped";
  readonly reason: string;
  /** Default: the submission's. */
  readonly blame?: Blame;
  /** The submission was right, and came too late; another one may be made. */
  readonly notTaken?: "expired";
  /** With it: the worker's clock, milliseconds since 1970. */
  readonly clockMs?: number;
}

/** What a run asks and tells on its way. */
export interface RunPorts {
  /** Asked before the exec request is written: the place to say *started*. */
  readonly beforeExec?: () => StartRefusal | undefined | Promise<StartRefusal | undefined>;
  /**
   * Asked last thing before the program's body is written: from then on the command may run.
   * @param isAgain it was written before, and whether the command began is what is asked
   */
  readonly beforeBody?: (isAgain?: boolean) => StartRefusal | undefined | Promise<StartRefusal | undefined>;
  /** Asked before a host is asked again: why who asked has no say any more, and the host is left as it is. */
  readonly overtaken?: () => StartRefusal | undefined;
  /** The command is started, there: nobody may start it again. */
  readonly onBegan?: (boot: HostBoot) => void;
  /** Output as it comes, secrets replaced; the promise slows the command down. It must not reject. */
  readonly onOutput?: (stream: "stdout" | "stderr", bytes: Buffer) => void | Promise<void>;
}

export interface RunRequest extends RunPorts {
  readonly lease: Lease;
  readonly task: RemoteTask;
  /** For kills, and for looking after a lost connection: leases that runOnHost releases itself. */
  readonly connect: Connect;
  /** A `once` task whose connection went is asked for again this long; default 5 min. */
  readonly lostTimeoutMs?: number;
  /** After the command of a `once` task its user's old records are removed. */
  readonly prune?: boolean;
  /** Kills the command. */
  readonly signal?: AbortSignal;
  /** Nothing starts any more: ends `unless` while it is asked, and leaves a command that has begun alone. */
  readonly revoked?: AbortSignal;
  /** Shells that serve one task after another; absent: each task gets one of its own. */
  readonly shells?: KeptShells;
  readonly log: RemoteLog;
}

export interface RemoteLog {
  debug(message: string, fields?: Readonly<Record<string, string | number | boolean | undefined>>): void;
  warn(message: string, fields?: Readonly<Record<string, string | number | boolean | undefined>>): void;
}
