import { setTimeout as sleep } from "node:timers/promises";
import { defined, isSameSince } from "@roadrunner/core";
import { evidenceOf, notStarted } from "./evidence.ts";
import { isOpen, judge, type Evidence } from "./judge.ts";
import { RESTARTED, verdictOfAnswer } from "./record-verdict.ts";
import type { Heard } from "../visit/heard.ts";
import { killOnHost, withdraw } from "../visit/kill-on-host.ts";
import { digestOf } from "../program/record.ts";
import { readAnswer } from "../visit/record-answer.ts";
import type { RemoteEnd } from "../program/remote-task.ts";
import type { StartRefusal, RunRequest } from "../visit/run-request.ts";
import type { Supervised } from "../visit/supervise.ts";
import { visitHost } from "../visit/visit-host.ts";

/** After a loss: how often and how long the host is asked again. */
const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 30_000;
const DEFAULT_LOST_TIMEOUT_MS = 300_000;

/**
 * Of a `once` task whose channel went before its end was told: the same program is sent again until the
 * record tells the end. It starts the command only if it never began, which it is told by whoever heard that.
 */
export async function askRecord(request: RunRequest, heard: Heard, first: Supervised): Promise<RemoteEnd> {
  return new Asking(request, heard, first).end();
}

class Asking {
  readonly #request: RunRequest;
  readonly #heard: Heard;
  #last: Supervised;
  /** The visit that heard most of the output, the first of those. */
  #fullest: Supervised;
  /** Since when nothing was heard that tells of a command that runs. */
  #silentSince = performance.now();
  #problem = "";
  /** What was sent before the last visit may have begun. */
  #mayHaveBegun = false;
  /** Whether a visit may be refused. A command that runs has its record: a visit can only wait for its end. */
  #mayRefuse = true;

  constructor(request: RunRequest, heard: Heard, first: Supervised) {
    this.#request = request;
    this.#heard = heard;
    this.#last = first;
    this.#fullest = first;
  }

  async end(): Promise<RemoteEnd> {
    const { task, signal, log } = this.#request;
    const lostTimeoutMs = this.#request.lostTimeoutMs ?? DEFAULT_LOST_TIMEOUT_MS;
    for (let delayMs = 0; this.#isOpen(); delayMs = nextDelay(delayMs)) {
      if (performance.now() - this.#silentSince > lostTimeoutMs) break;
      log.debug("asking for the record of a lost command", { host: task.host, delayMs });
      await pause(delayMs, signal);
      if (signal?.aborted === true) return this.#killed();
      const settled = await this.#again();
      if (settled !== undefined) return settled;
      if (this.#isNews()) {
        this.#silentSince = performance.now();
        delayMs = 0;
      }
    }
    return this.#judged();
  }

  /** One more visit; what it returns is the end. */
  async #again(): Promise<RemoteEnd | undefined> {
    const request = this.#request;
    const overtaken = request.overtaken?.();
    if (overtaken !== undefined) return this.#left(overtaken);
    // Else it is open since nothing can have begun.
    this.#mayHaveBegun = isOpen(this.#last.visit, request.task, this.#last.stop);
    const lease = await request.connect(request.signal);
    if (!lease.ok) {
      this.#problem = lease.error.message;
      return undefined;
    }
    const beforeBody = () =>
      request.overtaken?.() ?? (this.#mayRefuse ? request.beforeBody?.(true) : undefined);
    const again = await visitHost({ ...request, beforeBody, lease: lease.value }, lease.value, this.#heard);
    lease.value.release();
    const { visit } = again;
    if (visit.refusal !== undefined) {
      if (request.overtaken?.() !== undefined) return this.#left(visit.refusal);
      const settled = await this.#withdrawn(visit.refusal);
      this.#mayRefuse = settled !== undefined;
      return settled;
    }
    if (visit.reached !== "sent" && visit.unruly === undefined) {
      this.#problem = visit.problem?.message ?? "";
      return undefined;
    }
    this.#problem = "";
    this.#last = again;
    if (bytesOf(again) > bytesOf(this.#fullest)) this.#fullest = again;
    return undefined;
  }

  #isOpen(): boolean {
    const { visit, stop } = this.#last;
    return isOpen(visit, this.#request.task, stop) || this.#isProvedUnstarted();
  }

  /**
   * The host has no record, and nothing was heard of a start: since it has been the same since before anything was
   * sent, nothing has begun.
   */
  #isProvedUnstarted(): boolean {
    const answer = readAnswer(this.#last.visit.marks);
    if (answer?.kind !== "unproved" || this.#heard.wasAskedBefore) return false;
    if (!isSameSince(answer.boot, this.#heard.agoMs)) return false;
    const { bootId, container } = answer.boot;
    this.#heard.noteSame(defined({ bootId, container }));
    return true;
  }

  /**
   * Only a record that tells of a command within its time is, and goes on telling; a host can say that it starts, or
   * once that it waits, as often as it likes.
   */
  #isNews(): boolean {
    const { marks, late } = this.#last.visit;
    return late === undefined && readAnswer(marks)?.kind === "running" && this.#heard.limit.leftMs > 0;
  }

  async #killed(): Promise<RemoteEnd> {
    const { task, connect } = this.#request;
    const evidence = this.#evidence();
    // A stop that came while the last visit was there has tried already.
    if (evidence.stop?.kill !== undefined) return this.#settled(judge(evidence));
    const kill = await killOnHost(task, { cause: "cancelled", digest: digestOf(task) }, connect);
    return this.#settled(judge({ ...evidence, stop: { cause: "cancelled", kill } }));
  }

  #evidence(): Evidence {
    const evidence = evidenceOf(this.#request, this.#heard.began, this.#last, this.#fullest);
    return { ...evidence, mayHaveBegun: this.#mayHaveBegun };
  }

  #judged(): RemoteEnd {
    const end = judge(this.#evidence());
    if (!this.#isOpen()) return this.#settled(end);
    const problem = this.#problem === "" ? "" : `; it was not reached again: ${this.#problem}`;
    const seconds = Math.round((performance.now() - this.#silentSince) / 1000);
    return {
      ...end,
      reason: `${end.reason}; its host was asked again for ${seconds} s (--lost-timeout)${problem}`,
    };
  }

  /** Where nothing was asked before this worker did, it can tell itself what the lack of a record means. */
  #settled(end: RemoteEnd): RemoteEnd {
    const { wasAskedBefore, agoMs } = this.#heard;
    if (end.noRecord === undefined || wasAskedBefore) return end;
    const { noRecord, ...rest } = end;
    const neverBegan = end.outcome === "skipped" && isSameSince(noRecord, agoMs);
    return neverBegan ? rest : { ...rest, ...NOT_THE_SAME };
  }

  /** Whoever has the task by now asks the host himself: its record stays as it is. */
  #left({ reason }: StartRefusal): RemoteEnd {
    const end = this.#settled(judge(this.#evidence()));
    return { ...end, reason: `${end.reason ?? end.outcome}; ${reason}` };
  }

  /** It must not start any more: it never does, or its record tells what became of it. Undefined: it runs. */
  async #withdrawn(refusal: StartRefusal): Promise<RemoteEnd | undefined> {
    const { task, connect } = this.#request;
    const { began } = this.#heard;
    const answer = await withdraw(task, connect);
    if (answer.ok && answer.value.kind === "running") return undefined;
    const evidence = judge(evidenceOf(this.#request, began, this.#fullest));
    if (!answer.ok)
      return { ...evidence, reason: `${evidence.reason}; it could not be withdrawn: ${answer.error}` };
    const told = verdictOfAnswer(answer.value, task, began);
    if (told.outcome !== "skipped") return { ...told, ...heardOf(evidence) };
    const { reason, blame } = notStarted(refusal);
    return this.#settled({
      ...notStarted(refusal),
      ...told,
      ...defined({ outcome: refusal.outcome, reason, blame }),
    });
  }
}

/** Nothing was heard of a start, and what could tell is no more. */
const NOT_THE_SAME = {
  outcome: "unknown",
  blame: "host",
  outputLost: true,
  reason: RESTARTED,
} as const;

/** Of an end that the record tells: what was heard of it before. */
function heardOf({ stdout, stderr }: RemoteEnd): Pick<RemoteEnd, "stdout" | "stderr"> {
  return { stdout, stderr };
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
