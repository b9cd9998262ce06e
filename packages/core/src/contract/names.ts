/** Names on the wire: Gearman functions and task ids. */

/** A pool or worker id: it becomes a part of a Gearman function name, which gearmand bounds at 63 bytes. */
export const ID_PATTERN = /^[A-Za-z0-9_.-]{1,40}$/;

/** The function that workers of `pool` serve; without a pool, the one every worker serves by default. */
export function runFunction(pool?: string): string {
  return pool === undefined ? "rr-run" : `rr-run.${pool}`;
}

/** Workers of `pool` serve this one on a connection of its own, so that gates are asked of a worker whose places are full. */
export function gateFunction(pool?: string): string {
  return pool === undefined ? "rr-gate" : `rr-gate.${pool}`;
}

/** The pool whose workers serve this function; undefined: those without a pool. */
export function poolOf(functionName: string): string | undefined {
  const prefix = [runFunction(""), gateFunction("")].find((one) => functionName.startsWith(one));
  return prefix === undefined ? undefined : functionName.slice(prefix.length);
}

/** By it workers are asked of gates, and not sent tasks. */
export function isGateFunction(functionName: string): boolean {
  return functionName === gateFunction() || functionName.startsWith(gateFunction(""));
}

/** Each worker process serves this one on a connection of its own that takes no place. */
export function controlFunction(workerId: string): string {
  return `${CONTROL_PREFIX}${workerId}`;
}

export const CONTROL_PREFIX = "rr-control.";

export interface TaskIdParts {
  readonly run: string;
  /** From 1; the `finally` slots count on after the slots. */
  readonly slot: number;
  readonly job: string;
  readonly host: string;
  /** Of a job with stages. */
  readonly stage?: string | undefined;
  /** Where the stage runs, if that is another host. */
  readonly at?: string | undefined;
  /** It asks this gate of the job, and is no task of a host. */
  readonly gate?: string | undefined;
  /** From 1. */
  readonly attempt: number;
}

/**
 * `RUN/SLOT/JOB/HOST/ATTEMPT`, of a stage `RUN/SLOT/JOB/HOST/STAGE/ATTEMPT`, for people. HOST is the one whose way it is;
 * a stage that runs at another one is STAGE@THERE.
 */
export function taskId(task: TaskIdParts): string {
  return `${recordId(task)}/${task.attempt}`;
}

/** Names one ask of a gate that no host is asked for: `RUN/SLOT/JOB/gate:NAME/ASK`. */
export function gateId(
  ask: Pick<TaskIdParts, "run" | "slot" | "job"> & { readonly name: string; readonly ask: number },
): string {
  return `${ask.run}/${ask.slot}/${ask.job}/gate:${ask.name}/${ask.ask}`;
}

/** What names the record on a host: a job of a run there, or a stage of it, whatever the attempt. */
export function recordId(task: Omit<TaskIdParts, "attempt">): string {
  if (task.gate !== undefined) return `${task.run}/${task.slot}/${task.job}/gate:${task.gate}/${task.host}`;
  const ofHost = `${task.run}/${task.slot}/${task.job}/${task.host}`;
  return task.stage === undefined ? ofHost : `${ofHost}/${stageId({ stage: task.stage, at: task.at })}`;
}

/** A stage in ids and in what workers are told of: `drain`, `drain@lb1`. */
export function stageId({ stage, at }: { readonly stage: string; readonly at?: string | undefined }): string {
  return at === undefined ? stage : `${stage}@${at}`;
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** RFC 4648 base32 in lower case without padding. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(held >> bits) & 31];
    }
  }
  return bits > 0 ? text + BASE32[(held << (5 - bits)) & 31] : text;
}

/** The key for machines: 26 characters of the SHA-256 of an id (130 bits). */
export function keyOfDigest(sha256: Uint8Array): string {
  return base32(sha256).slice(0, 26);
}

/** A Gearman unique: the task's key and 8 random characters, fresh for each submission; 35 bytes. */
export function uniqueOf(key: string, nonce: string): string {
  return `${key}-${nonce}`;
}
