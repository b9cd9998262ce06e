import type { JobPlan, Outcome, RunEvent, Verdict } from "@roadrunner/core";
import { OUTCOMES } from "@roadrunner/core";

/** One job as it stands. Times are milliseconds of the client's clock. */
export interface JobProgress {
  readonly name: string;
  hosts: number;
  need: number;
  /** Pause between steps. */
  readonly waitMs: number;
  readonly counts: Record<Outcome, number>;
  /** Host → when its attempt started; the longest running is first. */
  readonly running: Map<string, number>;
  readonly waitingForRetry: Set<string>;
  /** Final outcomes; a resume can take one back. */
  readonly ended: Map<string, Outcome>;
  /** The longest attempt so far. */
  longestMs: number;
  startedMs?: number;
  endedMs?: number;
  /** 0: no barriers. */
  steps: number;
  step: number;
  verdict?: Verdict;
  reason?: string;
}

export interface SlotProgress {
  readonly number: number;
  readonly name?: string;
  readonly isFinally: boolean;
  readonly jobs: readonly JobProgress[];
  startedMs?: number;
  endedMs?: number;
  verdict?: Verdict;
}

/** A run as its events so far tell it: what the board draws. */
export class RunProgress {
  name = "";
  run = "";
  startedMs = 0;
  slots: readonly SlotProgress[] = [];
  stopping: string | undefined;
  interrupted: string | undefined;
  verdict: Verdict | undefined;
  readonly #jobs = new Map<string, JobProgress>();

  apply(event: RunEvent): void {
    const atMs = Date.parse(event.time);
    switch (event.type) {
      case "run.started":
        this.#begin(event, atMs);
        return;
      case "run.resumed":
        this.#resume();
        return;
      case "run.stopping":
        this.stopping = event.reason;
        return;
      case "run.interrupted":
        this.interrupted = event.reason;
        return;
      case "run.ended":
        this.verdict = event.verdict;
        return;
      case "slot.started":
      case "slot.ended":
        this.#slot(event, atMs);
        return;
      case "warning":
      case "task.output":
        return;
      default:
        this.#ofJob(event, atMs);
    }
  }

  #begin(event: Extract<RunEvent, { type: "run.started" }>, atMs: number): void {
    const { plan } = event;
    this.run = event.run;
    this.name = plan.name;
    this.startedMs = atMs;
    this.slots = [...plan.slots, ...plan.finally].map((slot, index) => ({
      number: index + 1,
      isFinally: index >= plan.slots.length,
      jobs: slot.jobs.map((job) => this.#addJob(job)),
      ...(slot.name === undefined ? {} : { name: slot.name }),
    }));
  }

  #addJob(plan: JobPlan): JobProgress {
    const job: JobProgress = {
      name: plan.name,
      hosts: plan.hosts.length,
      need: 0,
      waitMs: plan.waitMs,
      counts: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>,
      running: new Map(),
      waitingForRetry: new Set(),
      ended: new Map(),
      longestMs: 0,
      steps: 0,
      step: 0,
    };
    this.#jobs.set(plan.name, job);
    return job;
  }

  /** What ran when the run was left is asked again and says anew that it runs. */
  #resume(): void {
    this.interrupted = undefined;
    this.stopping = undefined;
    this.verdict = undefined;
    for (const job of this.#jobs.values()) job.running.clear();
  }

  #slot(event: Extract<RunEvent, { type: "slot.started" | "slot.ended" }>, atMs: number): void {
    const slot = this.slots[event.slot - 1];
    if (slot === undefined) return;
    if (event.type === "slot.started") {
      slot.startedMs ??= atMs;
      delete slot.verdict;
    } else {
      slot.endedMs = atMs;
      slot.verdict = event.verdict;
    }
  }

  #ofJob(event: Extract<RunEvent, { job: string }>, atMs: number): void {
    const job = this.#jobs.get(event.job);
    if (job === undefined) return;
    switch (event.type) {
      case "job.started":
        job.startedMs ??= atMs;
        job.hosts = event.hosts;
        job.need = event.need;
        job.steps = event.steps.length;
        delete job.verdict;
        return;
      case "job.ended":
        job.endedMs = atMs;
        job.verdict = event.verdict;
        if (event.reason !== undefined) job.reason = event.reason;
        return;
      case "step.started":
        job.step = event.step;
        return;
      case "task.started":
        reopen(job, event.host);
        job.waitingForRetry.delete(event.host);
        if (!job.running.has(event.host)) job.running.set(event.host, atMs);
        return;
      case "task.retrying":
        job.running.delete(event.host);
        job.waitingForRetry.add(event.host);
        return;
      case "task.ended":
        endTask(job, event, atMs);
        return;
      default:
        return;
    }
  }
}

function endTask(job: JobProgress, event: Extract<RunEvent, { type: "task.ended" }>, atMs: number): void {
  const startedMs = job.running.get(event.host);
  if (startedMs !== undefined) job.longestMs = Math.max(job.longestMs, atMs - startedMs);
  job.running.delete(event.host);
  if (!event.final) return;
  job.waitingForRetry.delete(event.host);
  reopen(job, event.host);
  job.ended.set(event.host, event.outcome);
  job.counts[event.outcome] += 1;
}

function reopen(job: JobProgress, host: string): void {
  const before = job.ended.get(host);
  if (before === undefined) return;
  job.ended.delete(host);
  job.counts[before] -= 1;
}
