import { setTimeout as sleep } from "node:timers/promises";
import { evidenceOf, notStarted } from "./evidence.ts";
import { isOpen, judge, verdictOfAnswer } from "./judge.ts";
import { killOnHost, withdraw } from "../visit/kill-on-host.ts";
import { digestOf } from "../program/record.ts";
import type { RemoteEnd } from "../program/remote-task.ts";
import type { Refusal, RunRequest } from "../visit/run-request.ts";
import type { Supervised } from "../visit/supervise.ts";
import { visitHost } from "../visit/visit-host.ts";

/** After a loss: how often and how long the host is asked again. */
const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 30_000;
const DEFAULT_LOST_TIMEOUT_MS = 300_000;

/**
 * Of a `once` task whose channel went before its end was told: the same program is sent again until the
 * record tells the end. It starts the command only if it never began.
 */
export async function askRecord(request: RunRequest, first: Supervised): Promise<RemoteEnd> {
  const { task, signal, log, connect } = request;
  const lostTimeoutMs = request.lostTimeoutMs ?? DEFAULT_LOST_TIMEOUT_MS;
  let last = first;
  let heard = first;
  let lostAt = performance.now();
  let problem = "";
  /** Whether a visit may be refused. A command that runs has its record: a visit can only wait for its end. */
  let mayRefuse = true;
  const beforeBody = () => (mayRefuse ? request.beforeBody?.() : undefined);
  for (let delayMs = 0; isOpen(last.visit, last.stop); delayMs = nextDelay(delayMs)) {
    if (performance.now() - lostAt > lostTimeoutMs) break;
    log.debug("asking for the record of a lost command", { host: task.host, delayMs });
    await pause(delayMs, signal);
    if (signal?.aborted === true) {
      const kill = await killOnHost(task, { cause: "cancelled", digest: digestOf(task) }, connect);
      return judge({ ...evidenceOf(request, last, heard), stop: { cause: "cancelled", kill } });
    }
    const lease = await connect();
    if (!lease.ok) {
      problem = lease.error.message;
      continue;
    }
    const again = await visitHost({ ...request, beforeBody, lease: lease.value }, lease.value);
    lease.value.release();
    if (again.visit.refusal !== undefined) {
      const settled = await withdrawn(request, again.visit.refusal, heard);
      if (settled !== undefined) return settled;
      mayRefuse = false;
      continue;
    }
    if (again.visit.reached !== "sent") {
      problem = again.visit.problem?.message ?? "";
      continue;
    }
    last = again;
    lostAt = performance.now();
    delayMs = 0;
    if (bytesOf(again) >= bytesOf(heard)) heard = again;
  }
  const end = judge(evidenceOf(request, last, heard));
  if (!isOpen(last.visit, last.stop) || problem === "") return end;
  return { ...end, reason: `${end.reason}; it was not reached again: ${problem}` };
}

/** It must not start any more: it never does, or its record tells what became of it. Undefined: it runs. */
async function withdrawn(
  request: RunRequest,
  refusal: Refusal,
  heard: Supervised,
): Promise<RemoteEnd | undefined> {
  const { task, connect } = request;
  const answer = await withdraw(task, connect);
  if (answer.ok && answer.value.kind === "withdrawn") return notStarted(refusal);
  if (answer.ok && answer.value.kind === "running") return undefined;
  const evidence = judge(evidenceOf(request, heard));
  if (!answer.ok)
    return { ...evidence, reason: `${evidence.reason}; it could not be withdrawn: ${answer.error}` };
  return { ...evidence, ...verdictOfAnswer(answer.value, task) };
}

function nextDelay(delayMs: number): number {
  return delayMs === 0 ? FIRST_DELAY_MS : Math.min(delayMs * 2, LAST_DELAY_MS);
}

function bytesOf({ visit: { stdout, stderr } }: Supervised): number {
  return [stdout, stderr].reduce((sum, { head, omittedBytes }) => sum + head.length + omittedBytes, 0);
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
