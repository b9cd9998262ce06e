import type { Outcome } from "@roadrunner/core";
import type { StopCause, StopTold } from "../visit/stop.ts";
import { explainNoHello, oneLine } from "../visit/login-shell.ts";
import type { Mark } from "../program/marks.ts";
import { readAnswer, type RecordAnswer } from "../visit/record-answer.ts";
import { explainRefusal } from "./refusal-marks.ts";
import type { RemoteEnd, RemoteTask } from "../program/remote-task.ts";
import { signalOfExitCode } from "./signal-names.ts";
import type { VisitEnd } from "../visit/visit.ts";

export interface Evidence {
  readonly task: RemoteTask;
  readonly user: string;
  readonly visit: VisitEnd;
  /** The visit that heard the command's output, where that was an earlier one. */
  readonly heard?: VisitEnd;
  readonly stop?: StopTold;
}

type Verdict = Omit<RemoteEnd, "stdout" | "stderr" | "durationMs">;

/** What was seen of one visit → the task's one end. Pure. */
export function judge(evidence: Evidence): RemoteEnd {
  const { visit, heard = visit } = evidence;
  return {
    ...verdictOf(evidence),
    ...(visit.durationMs === undefined ? {} : { durationMs: visit.durationMs }),
    stdout: heard.stdout,
    stderr: heard.stderr,
  };
}

function verdictOf(evidence: Evidence): Verdict {
  const { task, visit, stop } = evidence;
  if (visit.reached !== "sent") return neverBegan(evidence);
  const refused = explainRefusal(visit.marks, task);
  if (refused !== undefined)
    return orUnknown(evidence, { outcome: "refused", blame: "host", reason: refused });
  const end = endMark(visit);
  if (end !== undefined) return endTold(end, evidence);
  const answer = finalAnswer(visit, stop);
  if (answer !== undefined) return verdictOfAnswer(answer, task);
  if (!hasStarted(visit)) return orUnknown(evidence, noStart(evidence));
  if (stop?.kill?.kind === "killed" || stop?.kill?.kind === "gone") {
    const { cause } = stop;
    return { outcome: cause, reason: stopReason(cause, task), blame: blameOf(cause), outputLost: true };
  }
  return endUnknown(evidence);
}

/** A visit that began nothing says nothing of an earlier one that did. */
function orUnknown({ visit, heard }: Evidence, end: Verdict): Verdict {
  if (heard === undefined || heard === visit || !hasStarted(heard)) return end;
  const reason = `the command was started, and its record could not be asked: ${end.reason ?? end.outcome}`;
  return { outcome: "unknown", blame: "host", mayBeRunning: true, outputLost: true, reason };
}

/**
 * The command may have begun, and this visit did not learn its end: of a `once` task the record will tell
 * it. Not so if the program's shell ended in order without a start mark, or if a kill has settled it.
 */
export function isOpen(visit: VisitEnd, stop: StopTold | undefined): boolean {
  if (visit.reached !== "sent" || visit.marks.some(({ word }) => word === "end")) return false;
  const kill = stop?.kill?.kind;
  if (kill !== undefined && kill !== "failed" && kill !== "left") return false;
  const { channelEnd } = visit;
  return hasStarted(visit) || (channelEnd?.kind !== "exit" && channelEnd?.kind !== "signal");
}

function hasStarted(visit: VisitEnd): boolean {
  return visit.marks.some(({ word }) => word === "start");
}

/** `end CODE CAUSE` of a command that this visit ran; `end -` follows all other words. */
function endMark(visit: VisitEnd): Mark | undefined {
  return visit.marks.find(({ word, args: [code = "-"] }) => word === "end" && code !== "-");
}

/** What the record said, to the program itself or to its killer. */
function finalAnswer(visit: VisitEnd, stop: StopTold | undefined): RecordAnswer | undefined {
  const kill = stop?.kill;
  const killed =
    kill?.kind === "ended" || kill?.kind === "withdrawn" || kill?.kind === "unknown" ? kill : undefined;
  const answer = readAnswer(visit.marks);
  return answer?.kind === "running" || answer === undefined ? killed : answer;
}

/** An end that was learned from the record: the output of that time is lost. */
export function verdictOfAnswer(answer: RecordAnswer, task: RemoteTask): Verdict {
  switch (answer.kind) {
    case "ended":
      return { ...verdictOfCode(answer.exitCode, answer.cause, task, answer.left ?? []), outputLost: true };
    case "withdrawn":
      return { outcome: "skipped", reason: "withdrawn before it started", blame: "submission" };
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

/** A task that was asked before, on a host that does not remember. */
function noRecordSeen(word: string): Verdict {
  const reasons: Readonly<Record<string, string>> = {
    restarted:
      "host restarted since the task was first submitted, and no record is left: whether it ran is not known",
    other: "the record on the host is of another command, or of another signer's",
  };
  const reason = reasons[word] ?? `the host has no record to tell (${word})`;
  return { outcome: "unknown", blame: "host", reason, outputLost: true };
}

/** Proved: the body was never written. */
function neverBegan({ task, user, visit }: Evidence): Verdict {
  const { problem, refusal, channelEnd } = visit;
  if (refusal !== undefined) return { ...refusal, blame: refusal.blame ?? "submission" };
  if (visit.aborted === true) return { outcome: "skipped", reason: "stopped before it started" };
  const noPlace = explainRefusal(visit.marks, task, "asked");
  if (noPlace !== undefined) return { outcome: "refused", blame: "host", reason: noPlace };
  if (problem !== undefined) {
    const { message, blame, noRetry } = problem;
    return { outcome: "unreachable", reason: message, blame, noRetry };
  }
  const unreachable = { outcome: "unreachable", blame: "host" } as const;
  if (visit.late === "hello") {
    const seconds = Math.round(task.connectTimeoutMs / 1000);
    const noise = visit.noise === "" ? "" : `; it said: ${oneLine(visit.noise)}`;
    return {
      ...unreachable,
      reason: `no answer of /bin/sh within ${seconds} s (connectTimeout): does an rc file of the login shell read stdin, wait, or start another shell?${noise}`,
    };
  }
  if (channelEnd === undefined || channelEnd.kind === "lost") {
    return {
      ...unreachable,
      reason: `connection lost before the command was sent: ${channelEnd?.message ?? ""}`,
    };
  }
  const text = visit.noise;
  const reason = explainNoHello({ user, become: task.become !== undefined, end: channelEnd, text });
  return { ...unreachable, reason, noRetry: true };
}

/** The body was written; the start mark did not come. */
function noStart({ visit }: Evidence): Verdict {
  const { channelEnd } = visit;
  const said = visit.noise === "" ? "" : `; it said: ${oneLine(visit.noise)}`;
  if (channelEnd?.kind === "exit" || channelEnd?.kind === "signal") {
    const how =
      channelEnd.kind === "exit" ? `ended with ${channelEnd.code}` : `was ended by ${channelEnd.signal}`;
    return {
      outcome: "unreachable",
      blame: "host",
      reason: `/bin/sh ${how} before the program started${said}`,
    };
  }
  const why = visit.late === "start" ? "no start within a minute" : `connection lost${lostWords(visit)}`;
  return {
    outcome: "unknown",
    blame: "host",
    mayBeRunning: true,
    outputLost: true,
    reason: `the command was sent, and whether it began is not known: ${why}${said}`,
  };
}

/** `end CODE CAUSE`: the program's own word. */
function endTold(mark: Mark, { task, visit, stop }: Evidence): Verdict {
  const exitCode = Number(mark.args[0]);
  const told = mark.args[1];
  const left = leftPids(visit.marks, stop);
  const cause = told === "timedOut" || told === "cancelled" ? told : killedFor(stop, task, exitCode);
  return {
    ...verdictOfCode(exitCode, cause, task, left),
    ...(visit.complete ? {} : { outputLost: true }),
  };
}

/**
 * Why a command was killed whose program tells no cause. A kill that found its end recorded, or nothing that ran, came
 * too late. One that was cut off may have reached the command: of a `once` task that would stand in the record, of
 * others the signal tells.
 */
function killedFor(
  stop: StopTold | undefined,
  { delivery }: RemoteTask,
  exitCode: number,
): StopCause | undefined {
  const kind = stop?.kill?.kind;
  if (kind === "killed" || kind === "left") return stop?.cause;
  const signal = signalOfExitCode(exitCode);
  const ours = signal === "SIGTERM" || signal === "SIGKILL";
  return kind === "failed" && delivery !== "once" && ours ? stop?.cause : undefined;
}

/** An exit code and why the command was killed, if it was → outcome, for every way in which a code is learned. */
export function verdictOfCode(
  exitCode: number,
  cause: StopCause | undefined,
  task: RemoteTask,
  left: readonly number[],
): Verdict {
  const signal = signalOfExitCode(exitCode);
  const how = signal === undefined ? `exit code ${exitCode}` : `${signal} (exit code ${exitCode})`;
  const facts = { exitCode, ...(signal === undefined ? {} : { signal }) };
  const still =
    left.length === 0
      ? ""
      : `; could not be killed and still run: ${leftText(left)} (another user's processes?)`;
  const mayBeRunning = left.length === 0 ? {} : { mayBeRunning: true };
  if (cause !== undefined) {
    const reason = `${stopReason(cause, task)}: ${how}${still}`;
    return { outcome: cause, ...facts, reason, blame: blameOf(cause), ...mayBeRunning };
  }
  if (task.okCodes.includes(exitCode)) return { outcome: "ok", ...facts, ...mayBeRunning };
  return { outcome: "failed", ...facts, reason: how, blame: "host", ...mayBeRunning };
}

function endUnknown({ visit, stop }: Evidence): Verdict {
  const { channelEnd } = visit;
  const unknown: { outcome: Outcome; blame: "host"; outputLost: true } = {
    outcome: "unknown",
    blame: "host",
    outputLost: true,
  };
  const killed = stop === undefined ? "" : `; ${killWords(stop)}`;
  if (channelEnd?.kind === "exit" || channelEnd?.kind === "signal") {
    const how = channelEnd.kind === "signal" ? channelEnd.signal : `exit ${channelEnd.code}`;
    return {
      ...unknown,
      mayBeRunning: true,
      reason: `the shell that ran the command was ended (${how}), so its exit code is lost${killed}`,
    };
  }
  return {
    ...unknown,
    mayBeRunning: true,
    reason: `connection lost while the command ran${lostWords(visit)}${killed}`,
  };
}

function lostWords({ channelEnd }: VisitEnd): string {
  return channelEnd?.kind === "lost" ? `: ${channelEnd.message}` : "";
}

function stopReason(cause: StopCause, task: RemoteTask): string {
  if (cause === "cancelled") return "killed by the operator's stop";
  return `ran out of its time (${(task.timeoutMs ?? 0) / 1000} s) and was killed`;
}

function killWords({ cause, kill }: StopTold): string {
  const why = cause === "cancelled" ? "the stop" : "the time limit";
  if (kill?.kind === "failed") return `${why} could not kill it: ${kill.reason}`;
  if (kill?.kind === "left") return `${why} could not kill ${leftText(kill.pids)}`;
  return `${why} tried to kill it`;
}

function blameOf(cause: StopCause): "host" | "submission" {
  return cause === "cancelled" ? "submission" : "host";
}

/** A negative number is a process group, of which somebody is left whom /proc does not show. */
function leftText(left: readonly number[]): string {
  return left.map((pid) => (pid < 0 ? `somebody in process group ${-pid}` : `${pid}`)).join(" ");
}

function leftPids(marks: readonly Mark[], stop: StopTold | undefined): number[] {
  const told = marks.filter(({ word }) => word === "left").flatMap(({ args }) => args.map(Number));
  return stop?.kill?.kind === "left" ? [...new Set([...told, ...stop.kill.pids])] : told;
}
