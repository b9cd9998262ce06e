import { defined, type HostBoot, type Outcome } from "@roadrunner/core";
import type { StopCause } from "../visit/stop-cause.ts";
import { leftPids, pidText, type StopTold } from "../visit/stop.ts";
import { oneLine } from "../transport/said-text.ts";
import { explainNoHello } from "../visit/login-shell.ts";
import type { Mark } from "../program/marks.ts";
import { outputsTold } from "../program/outputs.ts";
import { readAnswer, type RecordAnswer } from "../visit/record-answer.ts";
import { verdictOfUnless } from "./unless-verdict.ts";
import { readAsked } from "../program/unless.ts";
import { shellEnd } from "./channel-end.ts";
import { blameOf, stopReason, verdictOfAnswer, verdictOfCode, type Verdict } from "./record-verdict.ts";
import { explainRefusal } from "./refusal-marks.ts";
import type { RemoteEnd, RemoteTask } from "../program/remote-task.ts";
import { signalOfExitCode } from "./signal-names.ts";
import { LATE, type VisitEnd } from "../visit/visit.ts";

export interface Evidence {
  readonly task: RemoteTask;
  readonly user: string;
  readonly visit: VisitEnd;
  /** The visit that heard the command's output, where that was an earlier one. */
  readonly heard?: VisitEnd;
  readonly stop?: StopTold;
  /** Where the command was started, if that was ever heard. */
  readonly began?: HostBoot | undefined;
  /** An earlier visit sent the command, and whether it began is not known. */
  readonly mayHaveBegun?: boolean;
}

/** What was seen of one visit → the task's one end. Pure. */
export function judge(evidence: Evidence): RemoteEnd {
  const { visit, heard = visit } = evidence;
  const verdict = verdictOf(evidence);
  return {
    ...verdict,
    ...(isOfOther(visit, verdict) ? { otherRecord: true } : {}),
    ...defined({ durationMs: durationOf(visit) }),
    stdout: heard.stdout,
    stderr: heard.stderr,
  };
}

/** Whether the program found another's record, and did nothing. A host can say so, too, and yet tell an end. */
function isOfOther({ marks }: VisitEnd, { outcome }: Verdict): boolean {
  return (outcome === "refused" || outcome === "unknown") && marks.some(({ word }) => word === "other");
}

/**
 * How long the command ran, and not how long its record was asked: a visit that found it running heard since when; one
 * that found its end did not.
 */
function durationOf(visit: VisitEnd): number | undefined {
  const { marks, durationMs } = visit;
  if (durationMs === undefined || endMark(visit) !== undefined || readAnswer(marks) === undefined)
    return durationMs;
  const found = readAnswer(marks.filter(({ word }) => word === "wait").slice(0, 1));
  if (found?.kind !== "running" || !(found.ageMs >= 0 && found.ageMs < BELIEVED_AGE_MS)) return undefined;
  return found.ageMs + durationMs;
}

/** A host can say what it likes. */
const BELIEVED_AGE_MS = 366 * 24 * 3_600_000;

function verdictOf(evidence: Evidence): Verdict {
  const { task, visit, stop, began } = evidence;
  if (visit.unruly !== undefined) return unruly(visit.unruly, evidence);
  if (visit.reached !== "sent") return neverBegan(evidence);
  const refused = explainRefusal(visit.marks, task);
  if (refused !== undefined)
    return orUnknown(evidence, { outcome: "refused", blame: "host", reason: refused });
  const unless = verdictOfUnless(evidence);
  if (unless !== undefined) return unless;
  const end = endMark(visit);
  if (end !== undefined) return endTold(end, evidence);
  const answer = finalAnswer(visit, stop);
  if (answer?.kind === "unstarted") return unstarted(evidence);
  if (answer !== undefined) return verdictOfAnswer(answer, task, began);
  if (!hasBegun(visit, task)) return orUnknown(evidence, noStart(evidence));
  if (stop?.kill?.kind === "killed" || stop?.kill?.kind === "gone") {
    const { cause } = stop;
    return { outcome: cause, reason: stopReason(cause, task), blame: blameOf(cause), outputLost: true };
  }
  if (hadNoProcess(visit, task)) return orUnknown(evidence, noStart(evidence));
  return endUnknown(evidence);
}

/** Another worker, or another attempt, would fare alike with this host. */
function unruly(what: string, evidence: Evidence): Verdict {
  const end = { blame: "host", noRetry: true, reason: `the host misbehaves: ${what}` } as const;
  if (evidence.visit.reached !== "sent") {
    return { ...orUnknown(evidence, { ...end, outcome: "unreachable" }), noRetry: true };
  }
  return { ...end, outcome: "unknown", mayBeRunning: true, outputLost: true };
}

/** A visit that began nothing says nothing of an earlier one that did, or may have. */
function orUnknown({ task, visit, heard, began, mayHaveBegun }: Evidence, end: Verdict): Verdict {
  const earlier = heard !== undefined && heard !== visit && hasBegun(heard, task);
  const wasStarted = earlier || (task.delivery === "once" && began !== undefined);
  if (!wasStarted && mayHaveBegun !== true) return end;
  const what = wasStarted ? "was started" : "was sent before";
  const reason = `the command ${what}, and its record could not be asked: ${end.reason ?? end.outcome}`;
  return { outcome: "unknown", blame: "host", mayBeRunning: true, outputLost: true, reason };
}

/**
 * The command may have begun, and this visit did not learn its end: of a `once` task the record will tell
 * it. Not so if the program's shell ended in order without having begun it, or if a kill has settled it.
 */
export function isOpen(
  visit: VisitEnd,
  task: Pick<RemoteTask, "delivery" | "unless">,
  stop: StopTold | undefined,
): boolean {
  if (visit.unruly !== undefined) return false;
  if (visit.reached !== "sent" || visit.marks.some(({ word }) => word === "end")) return false;
  const kill = stop?.kill?.kind;
  if (kill !== undefined && kill !== "failed" && kill !== "left") return false;
  const { channelEnd } = visit;
  return hasBegun(visit, task) || (channelEnd?.kind !== "exit" && channelEnd?.kind !== "signal");
}

/** By this visit's program, or by one whose record it found. */
function hasBegun(visit: VisitEnd, { delivery, unless }: Pick<RemoteTask, "delivery" | "unless">): boolean {
  if (delivery === "once") return visit.marks.some(({ word }) => word === "claimed" || word === "exists");
  if (unless !== undefined) return readAsked(visit.marks)?.kind === "needed";
  return visit.marks.some(({ word }) => word === "start");
}

/**
 * The program's shell ended by itself, which it does after all that it began, and no process had said that it is to be
 * the command. Of a `once` task the record tells.
 */
function hadNoProcess({ channelEnd, marks }: VisitEnd, { delivery }: RemoteTask): boolean {
  return delivery !== "once" && channelEnd?.kind === "exit" && !marks.some(({ word }) => word === "running");
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

/** Proved: the body was never written. */
function neverBegan({ task, user, visit }: Evidence): Verdict {
  const { problem, refusal, channelEnd } = visit;
  if (refusal !== undefined) return { ...refusal, blame: refusal.blame ?? "submission" };
  if (visit.aborted === true) return { outcome: "skipped", reason: "stopped before it started" };
  const refused = explainRefusal(visit.marks, task, "asked");
  if (refused !== undefined) return { outcome: "refused", blame: "host", reason: refused };
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

/** Claimed, and not begun. The words are of the visit that claimed it. */
function unstarted({ task, visit, heard = visit, began }: Evidence): Verdict {
  const verdict = verdictOfAnswer({ kind: "unstarted" }, task, began);
  const shell = shellEnd(heard);
  const how = shell === undefined ? "" : `: /bin/sh ${shell} before that (no fork?)`;
  return { ...verdict, reason: `${verdict.reason}${how}${saidBy(heard)}${LIMITS}` };
}

/** What the host lacks now it may lack for long: no other worker would fare better. */
const LIMITS = "; see the login user's limits (ulimit -u)";

function saidBy({ noise, stderr }: VisitEnd): string {
  const words = oneLine(`${noise}\n${stderr.head.toString("utf8")}`);
  return words === "" ? "" : `; it said: ${words}`;
}

/** The body was written; nothing says that the command began. */
function noStart({ visit }: Evidence): Verdict {
  const said = saidBy(visit);
  const shell = shellEnd(visit);
  if (shell !== undefined) {
    const before = visit.marks.some(({ word }) => word === "start") ? "the command" : "the program";
    const reason = `/bin/sh ${shell} before ${before} started${said}`;
    if (before === "the command" || /\bfork\b|Resource temporarily/i.test(said))
      return { outcome: "refused", blame: "host", reason: `${reason}${LIMITS}` };
    return { outcome: "unreachable", blame: "host", reason };
  }
  return {
    outcome: "unknown",
    blame: "host",
    mayBeRunning: true,
    outputLost: true,
    reason: `the command was sent, and whether it began is not known: ${silence(visit)}${said}`,
  };
}

/** `end CODE CAUSE`: the program's own word. */
function endTold(mark: Mark, { task, visit, stop }: Evidence): Verdict {
  const exitCode = Number(mark.args[0]);
  const told = mark.args[1];
  const left = leftPids(visit.marks, stop);
  const cause = told === "timedOut" || told === "cancelled" ? told : killedFor(stop, task, exitCode);
  return {
    ...verdictOfCode(exitCode, cause, task, left, outputsTold(visit.marks)),
    ...(visit.complete ? {} : { outputLost: true }),
  };
}

/**
 * Why a command was killed whose program tells no cause. A kill that found its end recorded, or nothing that ran, came
 * too late; so did one that only a signal's exit code would show. One that was cut off may have reached the command: of a `once` task that would stand in the record, of
 * others the signal tells.
 */
function killedFor(
  stop: StopTold | undefined,
  { delivery }: RemoteTask,
  exitCode: number,
): StopCause | undefined {
  const kill = stop?.kill;
  // A shell gives more than 128 for a signal.
  if (kill?.kind === "killed") return kill.bySignal === true && exitCode <= 128 ? undefined : stop?.cause;
  if (kill?.kind === "left") return stop?.cause;
  const signal = signalOfExitCode(exitCode);
  const ours = signal === "SIGTERM" || signal === "SIGKILL";
  return kill?.kind === "failed" && delivery !== "once" && ours ? stop?.cause : undefined;
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
    reason: `${silence(visit, " while the command ran")}${killed}`,
  };
}

/** How a visit ended that learned nothing. */
function silence({ channelEnd, late, aborted }: VisitEnd, during = ""): string {
  if (channelEnd?.kind === "lost") return `connection lost${during}: ${channelEnd.message}`;
  if (late !== undefined) return `the host fell silent${during}: ${LATE[late]} came in time`;
  return `${aborted === true ? "left after a stop" : "connection lost"}${during}`;
}

function killWords({ cause, kill }: StopTold): string {
  const why = cause === "cancelled" ? "the stop" : "the time limit";
  if (kill?.kind === "failed") return `${why} could not kill it: ${kill.reason}`;
  if (kill?.kind === "left") return `${why} could not kill ${pidText(kill.pids)}`;
  return `${why} tried to kill it`;
}
