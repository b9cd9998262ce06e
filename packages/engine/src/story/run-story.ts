import {
  defined,
  isFailure,
  type JobPlan,
  type Outcome,
  type RunEvent,
  type RunPlan,
  type Verdict,
} from "@roadrunner/core";
import { newJob, tellJob, type JobStory, type Keep } from "./job-story.ts";
import { keepBudget, LIVE_CHARACTERS, OutputGroups } from "./output-groups.ts";
import type { TaskStory } from "./task-story.ts";
import { leaveWatch, resumeWatch, stopWatch } from "./watch-story.ts";

export interface SlotStory {
  readonly slot: number;
  readonly name?: string;
  readonly isFinally: boolean;
  /** What is asked before it starts. */
  readonly confirm?: string;
  /** Of jobs that undo others those that have begun: of the others nothing ever happens, mostly. */
  readonly jobs: JobStory[];
  startedMs?: number;
  /** Who said yes to what was asked. */
  confirmedBy?: string;
  endedMs?: number;
  verdict?: Verdict;
}

/** What befell the run as a whole, one after the other. */
export type Note = Extract<
  RunEvent,
  { type: "run.resumed" | "run.stopping" | "run.interrupted" | "warning" }
>;

/** How much of a run is kept beside its numbers. */
export interface StoryOptions {
  /** Each task with its times and words, and what befell the run. */
  readonly details: boolean;
  /** Outputs, of hosts that ended alike one: all, or those of failures. */
  readonly outputs: "all" | "failures" | "none";
  /** Characters of output; absent: all that there is. */
  readonly outputCharacters?: number;
}

/** All of it, for a report. */
const WHOLE: StoryOptions = { details: true, outputs: "all" };

/**
 * A run as its events tell it, resumes included. Every view is made of this: what is new to show about a run comes in
 * here, once.
 */
export class RunStory {
  run = "";
  name = "";
  version = "";
  who = "";
  where = "";
  /** Of the last that carried it; undefined: unsigned. */
  signedBy: string | undefined;
  file: string | undefined;
  digest = "";
  /** Values of the flow's parameters, and the names of those that are secrets. */
  params: NonNullable<RunPlan["params"]> = {};
  secretParams: readonly string[] = [];
  startedMs = 0;
  /** Of the last event. */
  endedMs = 0;
  verdict: Verdict | undefined;
  reason: string | undefined;
  stopping: string | undefined;
  interrupted: string | undefined;
  resumed = 0;
  slots: readonly SlotStory[] = [];
  readonly notes: Note[] = [];
  #jobsOf: readonly Map<string, JobStory>[] = [];
  /** An undo of which nothing has happened. */
  #newUndo: (slot: number, name: string) => JobStory | undefined = () => undefined;
  readonly #keep: Keep;
  readonly #budget;
  readonly #neverStarted: TaskStory[] = [];
  #resumedMs = 0;

  constructor({ details, outputs, outputCharacters = Number.POSITIVE_INFINITY }: StoryOptions = WHOLE) {
    const output = ({ outcome }: { readonly outcome: Outcome }): boolean =>
      outputs === "all" || (outputs === "failures" && isFailure(outcome));
    this.#keep = { tasks: details, output };
    this.#budget = keepBudget(outputCharacters);
  }

  /** Of a run that goes on, maybe for days and on 100,000 hosts. */
  static live(outputs: "all" | "failures"): RunStory {
    return new RunStory({ details: false, outputs, outputCharacters: LIVE_CHARACTERS });
  }

  static of(events: Iterable<RunEvent>, options: StoryOptions = WHOLE): RunStory {
    const story = new RunStory(options);
    for (const event of events) story.add(event);
    return story;
  }

  get jobs(): readonly JobStory[] {
    return this.slots.flatMap((slot) => slot.jobs);
  }

  /** The slot that waits for a yes before it starts, since when, and what it asks. */
  get asks(): { readonly slot: number; readonly text: string; readonly sinceMs: number } | undefined {
    if ((this.verdict ?? this.stopping ?? this.interrupted) !== undefined) return undefined;
    const at = this.slots.findIndex(({ verdict }) => verdict === undefined);
    const { slot = 0, confirm, startedMs } = this.slots[at] ?? {};
    if (confirm === undefined || startedMs !== undefined) return undefined;
    const before = this.slots[at - 1];
    if (before !== undefined && before.verdict !== "succeeded") return undefined;
    const sinceMs = Math.max(before?.endedMs ?? this.startedMs, this.#resumedMs);
    return { slot, text: confirm, sinceMs };
  }

  get warnings(): readonly string[] {
    return this.notes.flatMap((note) => (note.type === "warning" ? [note.text] : []));
  }

  add(event: RunEvent): void {
    const atMs = Date.parse(event.time);
    const lastMs = this.endedMs;
    this.endedMs = atMs;
    switch (event.type) {
      case "run.started":
        this.#begin(event, atMs);
        return;
      case "run.resumed":
        this.#note(event);
        this.signedBy = event.signedBy;
        this.#resume(lastMs, atMs);
        return;
      case "run.stopping":
        this.#note(event);
        this.stopping = event.reason;
        // What runs at the end goes on after the first stop.
        for (const slot of this.slots) if (!slot.isFinally) for (const job of slot.jobs) stopWatch(job, atMs);
        return;
      case "run.interrupted":
        this.#note(event);
        this.interrupted = event.reason;
        for (const job of this.jobs) leaveWatch(job, atMs);
        return;
      case "run.ended":
        this.verdict = event.verdict;
        this.reason = event.reason;
        this.#endRest();
        return;
      case "warning":
        this.#note(event);
        return;
      case "slot.started":
      case "slot.ended":
        this.#slot(event, atMs);
        return;
      case "task.output":
        return;
      default: {
        const job = this.jobOf(event);
        if (job === undefined) return;
        if (job.undoes !== undefined) this.#show(job);
        if (event.type === "job.started") this.#begins(job);
        tellJob(job, event, atMs, this.#keep);
      }
    }
  }

  /** Whose event it is. */
  jobOf({ slot, job }: { readonly slot: number; readonly job: string }): JobStory | undefined {
    return this.#jobsOf[slot - 1]?.get(job);
  }

  /** Whether this task, of a way this stage, was told to have started, and no end of it. */
  hasBegun(event: Extract<RunEvent, { host: string }>): boolean {
    const { host, stage, at } = event;
    const job = this.jobOf(event);
    if (job?.open.has(host) !== true) return false;
    if (job.ways === undefined) return true;
    const way = job.ways.get(host);
    return way !== undefined && way.stage === stage && way.at === at;
  }

  #isOk(name: string, host: string): boolean {
    const job = this.jobs.find((one) => one.name === name);
    return job?.ended.get(host) === "ok" && job.undoneBy?.ended.has(host) !== true;
  }

  /** Of a job that undoes another the first word: it stands behind that one. */
  #show(undo: JobStory): void {
    const jobs = this.slots[undo.slot - 1]?.jobs;
    if (jobs === undefined || jobs.includes(undo)) return;
    const at = jobs.findIndex(({ name }) => name === undo.undoes);
    const undone = jobs[at];
    if (undone !== undefined) undone.undoneBy = undo;
    jobs.splice(at === -1 ? jobs.length : at + 1, 0, undo);
  }

  #begins(job: JobStory): void {
    job.spread?.takePart((name, host) => this.#isOk(name, host));
    const { undoneBy } = job;
    if (undoneBy === undefined) return;
    // It is tried again: what undid the try before counts no more.
    delete job.undoneBy;
    const slot = this.slots[job.slot - 1];
    const at = slot?.jobs.findIndex(({ name }) => name === undoneBy.name) ?? -1;
    if (at !== -1) slot?.jobs.splice(at, 1);
    const undo = this.#newUndo(job.slot, undoneBy.name);
    if (undo !== undefined) this.#jobsOf[job.slot - 1]?.set(undo.name, undo);
  }

  #note(event: Note): void {
    if (this.#keep.tasks) this.notes.push(event);
  }

  #begin(event: Extract<RunEvent, { type: "run.started" }>, atMs: number): void {
    const { plan } = event;
    this.run = event.run;
    this.name = plan.name;
    this.version = event.version;
    this.who = event.who;
    this.where = event.where;
    this.signedBy = event.signedBy;
    this.file = event.file;
    this.digest = event.digest;
    this.params = plan.params ?? {};
    this.secretParams = plan.secretParams ?? [];
    this.startedMs = atMs;
    const slots = [...plan.slots, ...plan.finally];
    const newGroups = (): OutputGroups => new OutputGroups(this.#budget);
    const make = (job: JobPlan, slot: number): JobStory => newJob(job, slot, newGroups, this.#keep.tasks);
    const all = slots.map(({ jobs }, index) => jobs.map((job) => make(job, index + 1)));
    this.#newUndo = (slot, name) => {
      const undo = slots[slot - 1]?.jobs.find((job) => job.name === name);
      return undo === undefined ? undefined : make(undo, slot);
    };
    this.#jobsOf = all.map((jobs) => new Map(jobs.map((job) => [job.name, job])));
    this.slots = slots.map(({ name, confirm }, index) => ({
      slot: index + 1,
      isFinally: index >= plan.slots.length,
      jobs: (all[index] ?? []).filter(({ undoes }) => undoes === undefined),
      ...defined({ name, confirm }),
    }));
  }

  /** What ran when the run was left is asked again and says anew that it runs. */
  #resume(lastMs: number, atMs: number): void {
    this.resumed += 1;
    this.#resumedMs = atMs;
    this.interrupted = undefined;
    this.stopping = undefined;
    this.verdict = undefined;
    this.reason = undefined;
    for (const job of this.jobs) {
      job.running.clear();
      leaveWatch(job, lastMs);
      if (job.verdict === undefined && job.startedMs !== undefined) resumeWatch(job, atMs);
    }
    for (const task of this.#neverStarted.splice(0)) {
      delete task.outcome;
      delete task.reason;
    }
  }

  #slot(event: Extract<RunEvent, { type: "slot.started" | "slot.ended" }>, atMs: number): void {
    const slot = this.slots[event.slot - 1];
    if (slot === undefined) return;
    if (event.type === "slot.started") {
      slot.startedMs ??= atMs;
      delete slot.verdict;
      if (event.by !== undefined) slot.confirmedBy = event.by;
    } else {
      slot.endedMs = atMs;
      slot.verdict = event.verdict;
    }
  }

  /** A run that ended has no events of the slots that it never reached. */
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
}
