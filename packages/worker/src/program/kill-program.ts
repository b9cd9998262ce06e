import { markPrefix, type RemoteProcess } from "./marks.ts";
import { entryOf, sessionOf, type ProgramRuntime } from "./entry.ts";
import { hundredths, versionsOf, type RemoteProgram } from "./program.ts";
import { directoryOf, directorySteps, recordFileOf } from "./record.ts";
import type { RemoteTask } from "./remote-task.ts";
import { hostText, type Settings } from "./shell/host-text.ts";

/** Of a task, what names its record and reaches its processes: the same user has to do it. */
export type RecordedTask = Pick<
  RemoteTask,
  | "become"
  | "sudoPassword"
  | "killGraceMs"
  | "connectTimeoutMs"
  | "delivery"
  | "recordKey"
  | "recordDir"
  | "attempt"
  | "outputs"
>;

export interface KillOrder {
  readonly cause: "cancelled" | "timedOut";
  /** Where it is known: with it no record is needed. */
  readonly process?: RemoteProcess;
  /** A record of anything else is left alone; absent: it is known to be of this task. */
  readonly digest?: string;
  /** Of a known process: only `unless` is ended; where the command may have begun it says `spared`. */
  readonly spares?: boolean;
}

/**
 * Ends what a program started, from a channel of its own. Says `killed` (`killed signal`: only a signal's exit code
 * shows that it did), `recorded CODE CAUSE BOOT`, `gone`,
 * `unknown …`, `left PID …` (still there after ten times KILL: processes of another user) or, having made
 * sure that it never starts, `withdrawn`.
 */
export function killProgram(
  task: RecordedTask,
  order: KillOrder,
  nonce: string,
  runtime: ProgramRuntime,
): RemoteProgram {
  const { process, cause, digest = "" } = order;
  const recorded = task.delivery === "once";
  const steps = recorded ? recordedSteps(task, order) : [unrecordedStep(order)];
  // A record that cannot be made is no reason not to kill what is known.
  const killer = recorded && process !== undefined ? ["killer"] : [];
  const unrecorded = recorded ? [] : ["unrecorded"];
  return program(task, nonce, runtime, {
    recorded,
    steps,
    versions: [...killer, ...unrecorded],
    settings: {
      rr_grace: hundredths(task.killGraceMs),
      ...(recorded ? { rr_why: cause, rr_digest: digest } : {}),
      ...(process === undefined ? {} : orderSettings(process)),
    },
  });
}

/** Makes sure that an attempt never starts, or says what became of it: `withdrawn`, `recorded …`, `wait …`. */
export function withdrawProgram(
  task: RecordedTask,
  digest: string,
  nonce: string,
  runtime: ProgramRuntime,
): RemoteProgram {
  return program(task, nonce, runtime, {
    recorded: true,
    steps: [...directorySteps(task), "rr_read_hostname", "rr_withdraw", "rr_tell_state"],
    versions: [],
    settings: { rr_digest: digest },
  });
}

function unrecordedStep({ process, spares }: KillOrder): string {
  if (process === undefined) return "rr_leave gone";
  return spares === true ? "rr_kill_asked" : "rr_kill_process";
}

function recordedSteps(task: RecordedTask, { process, spares }: KillOrder): readonly string[] {
  // Who makes the record decides: nothing is recorded before the command is known to be needed.
  if (process !== undefined && spares === true) return ["rr_kill_unrecorded", "rr_leave spared"];
  return process === undefined
    ? [...directorySteps(task), "rr_read_hostname", "rr_withdraw", "rr_kill_recorded"]
    : ["rr_read_hostname", "rr_kill_unrecorded", "rr_kill_recorded"];
}

function orderSettings({
  bootId,
  pid,
  startTicks,
  session,
  ownsSession,
  helpers = [],
}: RemoteProcess): Settings {
  return {
    rr_told: `${bootId} ${pid} ${startTicks} ${session} ${ownsSession ? 1 : 0}`,
    rr_told_helpers: ` ${helpers.join(" ")} `,
  };
}

function program(
  task: RecordedTask,
  nonce: string,
  runtime: ProgramRuntime,
  what: {
    readonly recorded: boolean;
    readonly steps: readonly string[];
    readonly versions: readonly string[];
    readonly settings: Settings;
  },
): RemoteProgram {
  const session = sessionOf(task, runtime);
  const { recorded } = what;
  const directory = recorded ? directoryOf(task) : { first: [], settings: {} };
  const body = hostText({
    first: directory.first,
    settings: {
      rr_mark_prefix: markPrefix(nonce),
      ...session.settings,
      ...directory.settings,
      ...(recorded ? recordFileOf(task) : {}),
      ...what.settings,
    },
    steps: ["rr_start", ...session.steps, "rr_tell_start", ...what.steps],
    versions: [...what.versions, ...versionsOf(task)],
  });
  return { ...entryOf(task, nonce, runtime), body };
}
