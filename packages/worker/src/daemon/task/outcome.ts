import { given, WIRE_VERSION, type OutcomeMessage, type Workload } from "@roadrunner/core";
import type { RemoteEnd } from "../../program/remote-task.ts";
import type { TransportProblem } from "../../transport/lease.ts";
import type { TaskRoom } from "../task-room.ts";
import { capturedText } from "./output-text.ts";

const FAIR_CONNECT_MS = 5000;

type Room = Pick<TaskRoom, "workerId">;

/** An outcome without output. */
export function bare(
  room: Room,
  host: string,
  end: Pick<OutcomeMessage, "outcome" | "reason" | "blame" | "ofTask" | "noRetry" | "notTaken">,
): OutcomeMessage {
  return { v: WIRE_VERSION, host, ...end, worker: room.workerId, stdout: "", stderr: "" };
}

/** Nothing was asked of the host; a stop in the meantime is told as such. */
export function unreached(
  room: Room,
  workload: Workload,
  problem: TransportProblem,
  signal: AbortSignal,
): OutcomeMessage {
  if (signal.aborted) {
    return bare(room, workload.host, { outcome: "skipped", reason: "stopped before it was connected" });
  }
  return bare(room, workload.host, {
    outcome: "unreachable",
    blame: problem.blame,
    reason: problem.message,
    ...(problem.noRetry ? { noRetry: true } : {}),
    ...(tooHasty(workload) ? { ofTask: true } : {}),
  });
}

/** Who gives a worker less time than name servers and full pools need cannot tell that it is not well. */
function tooHasty({ connectTimeoutMs }: Workload): boolean {
  return connectTimeoutMs !== undefined && connectTimeoutMs < FAIR_CONNECT_MS;
}

export function outcomeOf(room: Room, workload: Workload, connectMs: number, end: RemoteEnd): OutcomeMessage {
  const stdout = capturedText(end.stdout);
  const stderr = capturedText(end.stderr);
  const omitted = { stdout: end.stdout.omittedBytes, stderr: end.stderr.omittedBytes };
  return {
    v: WIRE_VERSION,
    host: workload.host,
    outcome: end.outcome,
    ...given({
      exitCode: end.exitCode,
      signal: end.signal,
      reason: end.reason,
      blame: end.blame,
      noRetry: end.noRetry,
      notTaken: end.outcome === "refused" && end.noRecord !== undefined ? "unproved" : undefined,
      noRecord: end.noRecord,
      mayBeRunning: end.mayBeRunning,
      outputLost: end.outputLost,
      durationMs: end.durationMs === undefined ? undefined : Math.round(end.durationMs),
    }),
    worker: room.workerId,
    connectMs: Math.round(connectMs),
    stdout: stdout.data,
    stderr: stderr.data,
    ...(stdout.encoding === undefined && stderr.encoding === undefined
      ? {}
      : { encoding: given({ stdout: stdout.encoding, stderr: stderr.encoding }) }),
    ...(omitted.stdout + omitted.stderr > 0 ? { omittedBytes: omitted } : {}),
  };
}
