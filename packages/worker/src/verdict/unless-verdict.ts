import type { RemoteTask } from "../program/remote-task.ts";
import { readAsked, unlessLimitMs, type Asked } from "../program/unless.ts";
import { leftPids, pidText, type StopTold } from "../visit/stop.ts";
import type { VisitEnd } from "../visit/visit.ts";
import { shellEnd } from "./channel-end.ts";
import type { Verdict } from "./record-verdict.ts";
import { signalOfExitCode } from "./signal-names.ts";

interface Seen {
  readonly task: RemoteTask;
  readonly visit: VisitEnd;
  readonly stop?: StopTold;
}

/** What `unless` came to, where the task went no further. Undefined: it was not asked, or the command is needed. */
export function verdictOfUnless({ task, visit, stop }: Seen): Verdict | undefined {
  const asked = readAsked(visit.marks);
  if (asked === undefined) return unanswered(visit);
  if (asked.kind === "needed") return undefined;
  if (asked.kind === "done") return { outcome: "ok", changed: false };
  const kill = stop?.kill?.kind;
  const wasKilled = kill === "killed" || kill === "left";
  if (asked.cause === undefined && wasKilled && stop?.cause === "cancelled") return STOPPED;
  return failed(reasonOf(asked, wasKilled, task, leftPids(visit.marks, stop)));
}

/** Nothing was started, nor will be. */
const STOPPED = {
  outcome: "skipped",
  blame: "submission",
  reason: "stopped while unless was asked: the command was not started",
} as const;

function failed(why: string): Verdict {
  return { outcome: "failed", blame: "host", reason: `unless: ${why}` };
}

function reasonOf(
  { exitCode, cause }: Extract<Asked, { kind: "failed" }>,
  wasKilled: boolean,
  task: RemoteTask,
  left: readonly number[],
): string {
  const still = `could not be killed and still run: ${pidText(left)} (another user's processes?)`;
  if (cause === "left") return `it left processes that ${still}`;
  const signal = signalOfExitCode(exitCode);
  const how = signal === undefined ? `exit code ${exitCode}` : `${signal} (exit code ${exitCode})`;
  if (cause === undefined && !wasKilled) return how;
  const seconds = (unlessLimitMs(task) ?? 0) / 1000;
  const more = left.length === 0 ? "" : `; ${still}`;
  return `it ran out of its time (${seconds} s) and was killed: ${how}${more}`;
}

/** It was being asked, and the shell that asked it is gone: so nothing will be started. */
function unanswered(visit: VisitEnd): Verdict | undefined {
  const shell = shellEnd(visit);
  const isAsking = visit.marks.at(-1)?.word === "asking";
  return isAsking && shell !== undefined
    ? failed(`/bin/sh, which asked it, ${shell} before it had an answer`)
    : undefined;
}
