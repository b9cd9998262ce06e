import {
  OUTCOMES,
  type Blame,
  type JobPlan,
  type Outcome,
  type OutcomeCounts,
  type RunEvent,
  type Verdict,
} from "@roadrunner/core";
import { keepBudget, OutputGroups } from "../outputs/output-groups.ts";

/** One task as its last attempt left it. Times are milliseconds since 1970 by the client's clock. */
export interface TaskRecord {
  readonly host: string;
  attempt: number;
  /** Absent while it has no final end. */
  outcome?: Outcome;
  startedMs?: number;
  endedMs?: number;
  reason?: string;
  exitCode?: number;
  signal?: string;
  blame?: Blame;
  worker?: string;
  queuedMs?: number;
  connectMs?: number;
  durationMs?: number;
}

export interface JobRecord {
  readonly name: string;
  readonly slot: number;
  readonly command: string;
  /** Hosts that count. */
  hosts: number;
  need: number;
  window: number;
  startedMs?: number;
  endedMs?: number;
  verdict?: Verdict;
  reason?: string;
  counts: OutcomeCounts;
  /** In start order. */
  readonly tasks: Map<string, TaskRecord>;
  readonly groups: OutputGroups;
}

export interface SlotRecord {
  readonly slot: number;
  readonly name?: string;
  readonly isFinally: boolean;
  verdict?: Verdict;
  readonly jobs: readonly JobRecord[];
}

/** All that a report tells of a run, made from its events. */
export class RunRecord {
  run = "";
  name = "";
  version = "";
  who = "";
  where = "";
  file: string | undefined;
  digest = "";
  startedMs = 0;
  /** Of the last event. */
  endedMs = 0;
  verdict: Verdict | undefined;
  reason: string | undefined;
  interrupted: string | undefined;
  resumed = 0;
  slots: readonly SlotRecord[] = [];
  readonly warnings: string[] = [];
  readonly #jobs = new Map<string, JobRecord>();
  readonly #neverStarted: TaskRecord[] = [];
  readonly #budget = keepBudget(Number.POSITIVE_INFINITY);

  static of(events: Iterable<RunEvent>): RunRecord {
    const record = new RunRecord();
    for (const event of events) record.add(event);
    return record;
  }

  get jobs(): readonly JobRecord[] {
    return this.slots.flatMap((slot) => slot.jobs);
  }

  add(event: RunEvent): void {
    const atMs = Date.parse(event.time);
    this.endedMs = atMs;
    switch (event.type) {
      case "run.started":
        this.#begin(event, atMs);
        return;
      case "run.resumed":
        this.resumed += 1;
        this.interrupted = undefined;
        this.verdict = undefined;
        for (const task of this.#neverStarted.splice(0)) {
          delete task.outcome;
          delete task.reason;
        }
        return;
      case "run.interrupted":
        this.interrupted = event.reason;
        return;
      case "run.ended":
        this.verdict = event.verdict;
        this.reason = event.reason;
        this.#endRest();
        return;
      case "warning":
        this.warnings.push(event.text);
        return;
      case "slot.ended": {
        const slot = this.slots[event.slot - 1];
        if (slot !== undefined) slot.verdict = event.verdict;
        return;
      }
      case "slot.started":
      case "run.stopping":
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
    this.version = event.version;
    this.who = event.who;
    this.where = event.where;
    this.file = event.file;
    this.digest = event.digest;
    this.startedMs = atMs;
    this.slots = [...plan.slots, ...plan.finally].map((slot, index) => ({
      slot: index + 1,
      isFinally: index >= plan.slots.length,
      jobs: slot.jobs.map((job) => this.#newJob(job, index + 1)),
      ...(slot.name === undefined ? {} : { name: slot.name }),
    }));
  }

  /** Of slots that a run which ended never came to there are no events. */
  #endRest(): void {
    for (const job of this.jobs) {
      for (const task of job.tasks.values()) {
        if (task.outcome !== undefined) continue;
        task.outcome = "skipped";
        task.reason = "its slot never started";
        this.#neverStarted.push(task);
      }
    }
  }

  #newJob(plan: JobPlan, slot: number): JobRecord {
    const { work } = plan;
    const job: JobRecord = {
      name: plan.name,
      slot,
      command: work.script === undefined ? (work.command ?? "") : `script ${work.script.name}`,
      hosts: plan.hosts.length,
      need: 0,
      window: 0,
      counts: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as OutcomeCounts,
      tasks: new Map(plan.hosts.map(({ name }) => [name, { host: name, attempt: 0 }])),
      groups: new OutputGroups(this.#budget),
    };
    this.#jobs.set(plan.name, job);
    return job;
  }

  #ofJob(event: Extract<RunEvent, { job: string }>, atMs: number): void {
    const job = this.#jobs.get(event.job);
    if (job === undefined) return;
    switch (event.type) {
      case "job.started":
        job.startedMs ??= atMs;
        job.hosts = event.hosts;
        job.need = event.need;
        job.window = event.window;
        return;
      case "job.ended":
        job.endedMs = atMs;
        job.verdict = event.verdict;
        job.counts = event.counts;
        if (event.reason !== undefined) job.reason = event.reason;
        // Each host that counts has its end now; the others were left out by onlyIfOk.
        for (const task of job.tasks.values()) if (task.outcome === undefined) job.tasks.delete(task.host);
        return;
      case "task.started": {
        const task = taskOf(job, event.host);
        if (task.attempt !== event.attempt || task.startedMs === undefined) task.startedMs = atMs;
        task.attempt = event.attempt;
        if (event.worker !== undefined) task.worker = event.worker;
        return;
      }
      case "task.ended":
        if (event.final) job.groups.add(event);
        job.tasks.set(event.host, ended(taskOf(job, event.host), event, atMs));
        return;
      default:
        return;
    }
  }
}

function taskOf(job: JobRecord, host: string): TaskRecord {
  let task = job.tasks.get(host);
  if (task === undefined) {
    task = { host, attempt: 0 };
    job.tasks.set(host, task);
  }
  return task;
}

function ended(
  { startedMs, worker: startedBy }: TaskRecord,
  event: Extract<RunEvent, { type: "task.ended" }>,
  atMs: number,
): TaskRecord {
  const { host, attempt, outcome, final, reason, exitCode, signal, blame, worker = startedBy } = event;
  const { queuedMs, connectMs, durationMs } = event;
  const task: TaskRecord = { host, attempt, endedMs: atMs };
  if (final) task.outcome = outcome;
  if (startedMs !== undefined) task.startedMs = startedMs;
  if (reason !== undefined) task.reason = reason;
  if (exitCode !== undefined) task.exitCode = exitCode;
  if (signal !== undefined) task.signal = signal;
  if (blame !== undefined) task.blame = blame;
  if (worker !== undefined) task.worker = worker;
  if (queuedMs !== undefined) task.queuedMs = queuedMs;
  if (connectMs !== undefined) task.connectMs = connectMs;
  if (durationMs !== undefined) task.durationMs = durationMs;
  return task;
}
