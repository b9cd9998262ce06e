import type { Outcome } from "../work/outcome.ts";
import type { Work } from "../work/work.ts";
import type { OutcomeMessage } from "./answers.ts";

/** What a job says of how its tasks may end. */
export type WaysToEnd = Pick<Work, "okCodes" | "timeoutMs" | "reboot" | "unless" | "outputs" | "check">;

type Said = Pick<
  OutcomeMessage,
  | "outcome"
  | "exitCode"
  | "signal"
  | "changed"
  | "blame"
  | "mayBeRunning"
  | "notTaken"
  | "noRecord"
  | "otherRecord"
  | "outputs"
>;

/** Whether the command began, and whether its end is known. */
const KINDS = {
  ok: "ended",
  failed: "ended",
  timedOut: "ended",
  cancelled: "ended",
  unknown: "endNotKnown",
  unreachable: "neverBegan",
  refused: "neverBegan",
  skipped: "neverBegan",
} as const satisfies Record<Outcome, string>;

/** A shell adds the signal's number to this. */
const SIGNAL_CODES = 128;

/**
 * Why an outcome cannot be, by itself or by the job that it is of; undefined: it can. Whoever says such a thing is
 * faulty or hostile, and nothing of it is believed: the record of the host tells what is true.
 */
export function contradictionIn(said: Said, work: WaysToEnd): string | undefined {
  const { outcome, exitCode, signal } = said;
  const kind = KINDS[outcome];
  const how = exitCode === undefined ? signal : `exit code ${exitCode}`;
  if (kind !== "ended" && how !== undefined) return `${outcome}, and yet ${how}`;
  if (exitCode !== undefined && exitCode <= SIGNAL_CODES && signal !== undefined)
    return `${signal}, and yet exit code ${exitCode}`;
  if (kind === "neverBegan" && said.mayBeRunning === true) return `${outcome}, and yet it may be running`;
  if (said.notTaken !== undefined && outcome !== "refused")
    return `not taken (${said.notTaken}), and yet ${outcome}`;
  if (said.noRecord !== undefined && kind === "ended")
    return `${outcome}, and yet its host has no record to tell that`;
  if (said.otherRecord !== undefined && outcome !== "refused" && outcome !== "unknown")
    return `${outcome}, and yet its host's record is another's`;
  return contradictsUnless(said, work) ?? contradictsJob(said, work);
}

/** What is told of a change: the command ran, or `unless` said that it is not needed. */
function contradictsUnless({ outcome, exitCode, changed }: Said, work: WaysToEnd): string | undefined {
  if (changed === undefined) return undefined;
  const told = changed ? "changed" : "not changed";
  if (work.unless === undefined) return `${told}, and the job has no unless`;
  const isLeftOut = outcome === "ok" && exitCode === undefined;
  const hasRun = KINDS[outcome] === "ended";
  return (changed ? hasRun : isLeftOut) ? undefined : `${told}, and yet ${outcome}`;
}

function contradictsJob(said: Said, work: WaysToEnd): string | undefined {
  const { outcome, exitCode, signal, changed, blame } = said;
  const okCodes = `okCodes (${work.okCodes.join(", ")})`;
  const isOk = exitCode !== undefined && work.okCodes.includes(exitCode);
  // What took its host down is judged by whether that came back.
  const reboots = work.reboot !== undefined;
  const asks = work.unless !== undefined;
  switch (outcome) {
    case "ok":
      if (exitCode === undefined && !reboots && changed !== false) return "ok without an exit code";
      if (exitCode !== undefined && !isOk)
        return `ok with exit code ${exitCode}, which is not among ${okCodes}`;
      if (blame !== undefined) return `ok, and yet somebody's fault (${blame})`;
      if (work.outputs === true && said.outputs === undefined && changed !== false)
        return "ok, and yet without its outputs";
      return work.outputs === undefined && said.outputs !== undefined
        ? "ok with outputs, which nobody asked for"
        : undefined;
    case "failed":
      // A check is judged by many answers, of which the last one may have been none.
      if (reboots || work.check !== undefined) return undefined;
      // Whose outputs cannot be taken has failed, whatever its exit code.
      if (isOk && work.outputs === undefined)
        return `failed with exit code ${exitCode}, which is among ${okCodes}`;
      return exitCode === undefined && signal === undefined && !asks
        ? "failed with neither exit code nor signal"
        : undefined;
    case "timedOut":
      return work.timeoutMs === undefined && !reboots ? "timedOut, and the job has no timeout" : undefined;
    default:
      return undefined;
  }
}
