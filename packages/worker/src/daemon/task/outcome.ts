import { defined, WIRE_VERSION, type OutcomeMessage, type TaskEnd, type Workload } from "@roadrunner/core";
import type { RemoteEnd } from "../../program/remote-task.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import type { SharedParts } from "../shared-parts.ts";
import { capturedTexts } from "./output-text.ts";

const FAIR_CONNECT_MS = 5000;

type Named = Pick<SharedParts, "workerId">;

/** An outcome without output. */
export function bare(
  shared: Named,
  host: string,
  end: TaskEnd & Pick<OutcomeMessage, "ofTask" | "notTaken" | "clockMs">,
): OutcomeMessage {
  return { v: WIRE_VERSION, host, ...end, worker: shared.workerId, stdout: "", stderr: "" };
}

/** Nothing was asked of the host; a stop in the meantime is told as such. */
export function unreached(
  shared: Named,
  workload: Workload,
  problem: TransportProblem,
  signal: AbortSignal,
): OutcomeMessage {
  if (signal.aborted) {
    return bare(shared, workload.host, { outcome: "skipped", reason: "stopped before it was connected" });
  }
  return bare(shared, workload.host, {
    outcome: "unreachable",
    blame: problem.blame,
    reason: problem.message,
    ...(problem.noRetry ? { noRetry: true } : {}),
    ...(tooHasty(workload) ? { ofTask: true } : {}),
  });
}

/** A worker that gets less time than name servers and full pools need cannot be told from one that is not well. */
function tooHasty({ connectTimeoutMs }: Workload): boolean {
  return connectTimeoutMs !== undefined && connectTimeoutMs < FAIR_CONNECT_MS;
}

/** What a host told of its task → the answer to it. */
export function outcomeOf(
  shared: Named,
  workload: Workload,
  connectMs: number,
  { stdout, stderr, ...end }: RemoteEnd,
): OutcomeMessage {
  return {
    v: WIRE_VERSION,
    host: workload.host,
    worker: shared.workerId,
    ...end,
    ...defined({
      durationMs: end.durationMs === undefined ? undefined : Math.round(end.durationMs),
      notTaken: end.outcome === "refused" && end.noRecord !== undefined ? "unproved" : end.notTaken,
    }),
    connectMs: Math.round(connectMs),
    ...capturedTexts(stdout, stderr),
  };
}
