import type { Outcome } from "@roadrunner/core";
import type { KillEnd } from "./kill-on-host.ts";
import { explainNoHello, oneLine } from "./login-shell.ts";
import type { Mark } from "./marks.ts";
import { explainRefusal } from "./refusal-marks.ts";
import type { RemoteEnd, RemoteTask } from "./remote-task.ts";
import { signalOfExitCode } from "./signal-names.ts";
import type { VisitEnd } from "./visit.ts";

export type StopCause = "cancelled" | "timedOut";

/** That the worker killed the command, why, and what came of it. */
export interface StopTold {
  readonly cause: StopCause;
  readonly kill?: KillEnd;
}

export interface Evidence {
  readonly task: RemoteTask;
  readonly user: string;
  readonly visit: VisitEnd;
  readonly stop?: StopTold;
}

type Verdict = Omit<RemoteEnd, "stdout" | "stderr" | "durationMs">;

/** What was seen of one visit → the task's one end. Pure. */
export function judge(evidence: Evidence): RemoteEnd {
  const { visit } = evidence;
  return {
    ...verdictOf(evidence),
    ...(visit.durationMs === undefined ? {} : { durationMs: visit.durationMs }),
    stdout: visit.stdout,
    stderr: visit.stderr,
  };
}

function verdictOf(evidence: Evidence): Verdict {
  const { task, visit, stop } = evidence;
  if (visit.reached !== "sent") return neverBegan(evidence);
  const refused = explainRefusal(visit.marks, task);
  if (refused !== undefined) return refused;
  const end = visit.marks.find(({ word }) => word === "end");
  if (end !== undefined) return endTold(end, evidence);
  if (!visit.marks.some(({ word }) => word === "start")) return noStart(evidence);
  if (stop?.kill?.kind === "killed" || stop?.kill?.kind === "gone") {
    return {
      outcome: stop.cause,
      reason: stopReason(stop.cause, task),
      blame: blameOf(stop.cause),
      outputLost: true,
    };
  }
  return endUnknown(evidence);
}

/** Proved: the body was never written. */
function neverBegan({ task, user, visit }: Evidence): Verdict {
  const { problem, refusal, channelEnd } = visit;
  if (refusal !== undefined) return { ...refusal, blame: refusal.blame ?? "submission" };
  if (visit.aborted === true) return { outcome: "skipped", reason: "stopped before it started" };
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
      reason: `no answer of /bin/sh within ${seconds} s (connectTimeout): does an rc file of the login shell read stdin or wait?${noise}`,
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
    reason: `the command was sent, and whether it began is not known: ${why}${said}`,
  };
}

/** `end CODE CAUSE`: the program's own word. */
function endTold(mark: Mark, { task, visit, stop }: Evidence): Verdict {
  const exitCode = Number(mark.args[0]);
  const told = mark.args[1];
  const left = leftPids(visit.marks, stop);
  // A kill that found nothing to end came too late: the command had ended by itself.
  const killed = stop !== undefined && stop.kill?.kind !== "gone" ? stop.cause : undefined;
  const cause = told === "timedOut" || told === "cancelled" ? told : killed;
  return {
    ...verdictOfCode(exitCode, cause, task, left),
    ...(visit.complete ? {} : { outputLost: true }),
  };
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
      : `; could not be killed and still run: ${left.join(" ")} (another user's processes?)`;
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
  if (kill?.kind === "left") return `${why} could not kill ${kill.pids.join(" ")}`;
  return `${why} tried to kill it`;
}

function blameOf(cause: StopCause): "host" | "submission" {
  return cause === "cancelled" ? "submission" : "host";
}

function leftPids(marks: readonly Mark[], stop: StopTold | undefined): number[] {
  const told = marks.filter(({ word }) => word === "left").flatMap(({ args }) => args.map(Number));
  return stop?.kill?.kind === "left" ? [...new Set([...told, ...stop.kill.pids])] : told;
}
