import { defined, isOther, type HostBoot } from "@roadrunner/core";
import type { RemoteEnd, RemoteTask } from "../program/remote-task.ts";
import type { RecordAnswer } from "../visit/record-answer.ts";
import type { StopCause } from "../visit/stop-cause.ts";
import { pidText } from "../visit/stop.ts";
import { secretsOf } from "../visit/supervise.ts";
import type { OutputsTold } from "../program/outputs.ts";
import { outputsOf } from "./outputs.ts";
import { signalOfExitCode } from "./signal-names.ts";

export type Verdict = Omit<RemoteEnd, "stdout" | "stderr" | "durationMs">;

/** An end that was learned from the record: the output of that time is lost. */
export function verdictOfAnswer(answer: RecordAnswer, task: RemoteTask, began?: HostBoot): Verdict {
  switch (answer.kind) {
    case "ended":
      return {
        ...verdictOfCode(answer.exitCode, answer.cause, task, answer.left ?? [], answer.outputs),
        outputLost: true,
      };
    case "withdrawn":
      if (began !== undefined) return forgotten(began, answer.boot);
      return {
        outcome: "skipped",
        reason: "withdrawn before it started",
        blame: "submission",
        ...defined({ noRecord: answer.boot }),
      };
    case "unstarted":
      return {
        outcome: "refused",
        blame: "host",
        reason: "the host could not start the command",
      };
    case "forgotten":
      return forgotten(began, answer.boot);
    case "unproved":
      return {
        outcome: "refused",
        blame: "host",
        reason:
          "it was asked for before, and the host has no record of it: whether it ran there is not known",
        noRecord: answer.boot,
      };
    case "running":
      return {
        outcome: "unknown",
        blame: "host",
        mayBeRunning: true,
        outputLost: true,
        reason: "it still runs",
      };
    case "unknown":
      return unknownRecord(answer.why);
    case "none":
      return noRecordSeen(answer.word);
  }
}

function unknownRecord(why: Extract<RecordAnswer, { kind: "unknown" }>["why"]): Verdict {
  const reasons = {
    gone: "process gone: it was started on the host, and ended without recording how",
    restarted: "host restarted: the command was started before, and its end was not recorded",
    otherhost: "its record was made under another host name: is the record directory shared between hosts?",
    torn: "its record on the host is empty or half written: whether it was started is not known",
  };
  const gone = why === "gone" || why === "restarted";
  return {
    outcome: "unknown",
    blame: "host",
    reason: reasons[why],
    outputLost: true,
    ...(gone ? {} : { mayBeRunning: true }),
  };
}

const MAYBE_STARTED =
  "it was started, or was about to be, and the host has no record of it: whether it ran is not known";

/** It was started, and its record is not there any more. */
function forgotten(began: HostBoot | undefined, now: HostBoot | undefined): Verdict {
  const other = began !== undefined && now !== undefined && isOther(began, now);
  const why = other
    ? "the host was restarted or made anew since it started, and its record went with that"
    : "it was started, and its record is gone from the host (was the record directory removed?)";
  // Of a run that was left nothing tells where: a worker had said that it starts the command, and maybe no more.
  const reason = began?.bootId === undefined ? MAYBE_STARTED : `${why}: how it ended is not known`;
  // What was started under another boot, or in a container that is no more, is gone with it.
  return {
    outcome: "unknown",
    blame: "host",
    reason,
    outputLost: true,
    ...(other ? {} : { mayBeRunning: true }),
  };
}

export const RESTARTED =
  "host restarted since the task was first submitted, and no record is left: whether it ran is not known";

/** A task that was asked before, on a host that does not remember. */
function noRecordSeen(word: string): Verdict {
  const reasons: Readonly<Record<string, string>> = {
    restarted: RESTARTED,
    other: "the record on the host is of another command, or of another signer's",
  };
  const reason = reasons[word] ?? `the host has no record to tell (${word})`;
  return {
    ...{ outcome: "unknown", blame: "host", reason, outputLost: true },
    ...(word === "other" ? { otherRecord: true } : {}),
  };
}

/** An exit code and why the command was killed, if it was → outcome, for every way in which a code is learned. */
export function verdictOfCode(
  exitCode: number,
  cause: StopCause | undefined,
  task: RemoteTask,
  left: readonly number[],
  told?: OutputsTold,
): Verdict {
  const signal = signalOfExitCode(exitCode);
  const how = signal === undefined ? `exit code ${exitCode}` : `${signal} (exit code ${exitCode})`;
  // Whatever has an exit code ran.
  const changed = task.unless === undefined ? {} : { changed: true };
  const facts = { exitCode, ...(signal === undefined ? {} : { signal }), ...changed };
  const still =
    left.length === 0
      ? ""
      : `; could not be killed and still run: ${pidText(left)} (another user's processes?)`;
  const mayBeRunning = left.length === 0 ? {} : { mayBeRunning: true };
  if (cause !== undefined) {
    const reason = `${stopReason(cause, task)}: ${how}${still}`;
    return { outcome: cause, ...facts, reason, blame: blameOf(cause), ...mayBeRunning };
  }
  if (task.okCodes.includes(exitCode)) {
    if (task.outputs === undefined) return { outcome: "ok", ...facts, ...mayBeRunning };
    const outputs = outputsOf(told, secretsOf(task));
    if (outputs.ok) return { outcome: "ok", ...facts, outputs: outputs.value, ...mayBeRunning };
    const reason = `${how}, but its outputs cannot be taken: ${outputs.error}`;
    return { outcome: "failed", ...facts, reason, blame: "host", ...mayBeRunning };
  }
  return { outcome: "failed", ...facts, reason: how, blame: "host", ...mayBeRunning };
}

export function stopReason(cause: StopCause, task: RemoteTask): string {
  if (cause === "cancelled") return "killed by a stop or the job's deadline";
  return `ran out of its time (${(task.timeoutMs ?? 0) / 1000} s) and was killed`;
}

export function blameOf(cause: StopCause): "host" | "submission" {
  return cause === "cancelled" ? "submission" : "host";
}
