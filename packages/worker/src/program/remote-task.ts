import type { EndDetails, HostBoot, SeenBoot, TaskEnd, Work } from "@roadrunner/core";

/** What whoever asks again has heard of those who asked before. */
export interface AskedBefore {
  /** The command was started, there: nothing but its record may answer. */
  readonly began?: HostBoot;
  /** The host has been this one since before anything was asked of it: without a record it was not started. */
  readonly boot?: HostBoot;
}

/**
 * One submission of one task, as the remote program needs it: its work, whose variables have the RR_ ones with them,
 * and what is this submission's and this worker's.
 */
export interface RemoteTask extends Omit<Work, "secretEnv"> {
  readonly host: string;
  /** Fresh for each submission; 16 or more characters of [a-z0-9]. Marks our words in the output. */
  readonly nonce: string;
  /** Key of run, job and host: names the record. Absent: nothing to record under (a workload by hand). */
  readonly recordKey?: string;
  readonly attempt: number;
  /** Whose it is, where that is known: a record is its owner's alone. */
  readonly owner?: string;
  /** Values that never reach a log; replaced by "[secret NAME]" where they appear in captured output. */
  readonly secretEnv: Readonly<Record<string, { readonly name: string; readonly value: string }>>;
  /** Given where sudo asks for one; never logged, never in the program. Absent: sudo must not ask. */
  readonly sudoPassword?: string;
  /** From TERM to KILL. */
  readonly killGraceMs: number;
  /** Default /var/tmp/roadrunner-%u; `%u` stands for the user that runs the command. */
  readonly recordDir?: string;
  /** An earlier submission of this attempt was made. */
  readonly askedBefore?: AskedBefore;
  /** Bytes kept of each stream: first and last half. */
  readonly maxOutputBytes: number;
}

export interface CapturedStream {
  /** First and last part, in order, with nothing between them said; see `omittedBytes`. */
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly omittedBytes: number;
}

/** How the task ended on its host; whose word it is and how it travels comes later. */
export interface RemoteEnd extends Omit<TaskEnd, "worker">, EndDetails {
  /** With `refused`: see `StartRefusal`. */
  readonly notTaken?: "expired";
  readonly clockMs?: number;
  /** Where no record was found: whoever asked before can tell by this whether it may have been started there. */
  readonly noRecord?: SeenBoot;
  /** The record is another command's, or another signer's. */
  readonly otherRecord?: true;
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
}
