import type { Announcement, RolloutAction, TaskRef } from "../../src/rollout/machine-events.ts";
import { isFailure, type Outcome } from "../../src/work/outcome.ts";
import type { Verdict } from "../../src/rollout/verdict.ts";
import type { JobPlan, RunPlan } from "../../src/rollout/plan/plan.ts";
import { exactLimit, exactNeed, exactPlaces } from "./exact-amounts.ts";
import { jobKey, type Turn } from "./fleet.ts";

/**
 * Watches a run from outside, by actions and announcements alone, and works out anew from the plan what the
 * rules say. Written against the rules, not against the machine: exact arithmetic, whole scans, no early exits.
 */
export class JobWatch {
  readonly plan: JobPlan;
  readonly need: number;
  /** Sizes of the steps, with their ends as positions; one "step" of all hosts for a sliding window. */
  readonly steps: readonly { size: number; end: number; need: number; places: number }[];
  /** In start order: first submissions, then hosts skipped unsubmitted. */
  readonly submitted: number[] = [];
  readonly ends = new Map<number, { outcome: Outcome; mayBeRunning: boolean }>();
  readonly startedAt: number;
  /** Why the job has failed, once it has. */
  broken: string | undefined;
  /** It was stopped from outside: what only an unstopped job can fail by no longer counts. */
  cut = false;
  /** What runs of it was to be killed. */
  killed = false;
  /** When the step that ended last did. */
  barrierAt = -Infinity;
  verdict: Verdict | undefined;
  neverSubmitted = 0;
  /** Indices of those that take part, in start order. */
  readonly order: readonly number[];

  readonly at: Pick<TaskRef, "phase" | "slot" | "job">;

  constructor(at: JobWatch["at"], plan: JobPlan, order: readonly number[], startedAt: number) {
    const hosts = order.length;
    this.at = at;
    this.plan = plan;
    this.order = order;
    this.startedAt = startedAt;
    this.need = exactNeed(plan.success, hosts);
    const steps = [];
    let end = 0;
    for (let index = 0; end < hosts; index++) {
      const amount = plan.parallelism[Math.min(index, plan.parallelism.length - 1)] ?? plan.parallelism[0];
      const places = exactPlaces(amount, hosts);
      const size = plan.stepped ? Math.min(places, hosts - end) : hosts;
      end += size;
      steps.push({ size, end, need: Math.min(size, exactNeed(plan.stepSuccess, size)), places });
    }
    this.steps = steps;
  }

  count(...outcomes: readonly Outcome[]): number {
    return [...this.ends.values()].filter(({ outcome }) => outcomes.includes(outcome)).length;
  }

  get failures(): number {
    return [...this.ends.values()].filter(({ outcome }) => isFailure(outcome)).length;
  }

  get inFlight(): number {
    return this.submitted.filter((host) => !this.ends.has(host)).length;
  }

  /** Hosts neither submitted nor ended. */
  get left(): number {
    return this.hosts - this.submitted.length - this.neverSubmitted;
  }

  get hosts(): number {
    return this.order.length;
  }

  get held(): number {
    return [...this.ends.keys()].filter((host) => this.holds(host)).length;
  }

  /** It has ended and keeps its place. */
  holds(host: number): boolean {
    const { outcome, mayBeRunning } = this.ends.get(host) ?? { outcome: "ok", mayBeRunning: false };
    const isDown = isFailure(outcome) || (this.plan.stages !== undefined && outcome === "cancelled");
    return (outcome === "unknown" && mayBeRunning) || (this.plan.failedHostsHoldPlaces && isDown);
  }

  /** In flight, or ended and still in its place, of those with this value. */
  takenOf(label: string, value: string | undefined): number {
    const taken = this.submitted.filter((host) => !this.ends.has(host) || this.holds(host));
    return taken.filter((host) => this.labelOf(host, label) === value).length;
  }

  /** A place is left in each of the values that it is spread over. */
  fits(host: number): boolean {
    return (this.plan.spread ?? []).every(({ label, most }) => {
      const value = this.labelOf(host, label);
      const ofValue = this.order.filter((other) => this.labelOf(other, label) === value);
      return this.takenOf(label, value) < exactPlaces(most, ofValue.length);
    });
  }

  labelOf(host: number, label: string): string | undefined {
    return this.plan.hosts[host]?.labels?.[label];
  }

  /** Hosts of the step in which the next one starts that have not been submitted, in order. */
  get nextOfStep(): number[] {
    const step = this.steps.find(({ end }) => this.submitted.length < end);
    if (step === undefined) return [];
    return this.order.slice(step.end - step.size, step.end).filter((host) => !this.submitted.includes(host));
  }

  /** Places of the step in which the host at this position starts. */
  placesAt(position: number): number {
    return this.steps.find(({ end }) => position < end)?.places ?? 0;
  }

  /** The step of the hosts submitted last has ended, so the next host begins a new one. */
  get betweenSteps(): boolean {
    return (
      this.plan.stepped && this.steps.some(({ end }) => end === this.submitted.length) && this.inFlight === 0
    );
  }

  outcomesOfStep(index: number): Outcome[] {
    const step = this.steps[index];
    if (step === undefined) return [];
    const hosts = this.submitted.slice(step.end - step.size, step.end);
    return hosts.flatMap((host) => this.ends.get(host)?.outcome ?? []);
  }

  /** The rule that the outcomes so far have broken. */
  brokenByOutcomes(): string | undefined {
    if (this.failures > this.hosts - this.need) return "success";
    for (const [outcome, amount] of Object.entries(this.plan.tolerate)) {
      if (this.count(outcome as Outcome) > exactLimit(amount, this.hosts)) return `tolerate ${outcome}`;
    }
    for (const [index, { size, need, end }] of this.plan.stepped ? this.steps.entries() : []) {
      const outcomes = this.outcomesOfStep(index);
      if (outcomes.filter(isFailure).length > size - need) return `failures in step ${index + 1}`;
      const ok = outcomes.filter((outcome) => outcome === "ok").length;
      const over = outcomes.length === size && this.submitted.length >= end;
      if (over && ok < need && !this.cut) return `step ${index + 1} is over`;
    }
    if (this.cut || this.left === 0 || this.inFlight > 0) return undefined;
    if (this.held >= this.placesAt(this.submitted.length)) return "places";
    if (this.plan.spread === undefined) return undefined;
    return this.nextOfStep.some((host) => this.fits(host)) ? undefined : "spread";
  }
}

/** The watches of all jobs, kept by what was announced. */
export class RunWatch {
  readonly plan: RunPlan;
  readonly jobs = new Map<string, JobWatch>();
  readonly finalEnds = new Map<string, Outcome>();
  slotsStarted = 0;
  stopSeen = false;
  /** Of the slot started last. */
  phase: TaskRef["phase"] = "slots";
  /** Phases that a stop request has stopped. */
  readonly stopped = new Set<TaskRef["phase"]>();
  ended: (Announcement & { type: "runEnded" }) | undefined;

  constructor(plan: RunPlan) {
    this.plan = plan;
  }

  jobOf(at: Pick<TaskRef, "phase" | "slot" | "job">): JobWatch | undefined {
    return this.jobs.get(jobKey(at));
  }

  /** Why a job that has broken no rule may not start hosts. */
  isStopped(at: JobWatch["at"]): string | undefined {
    if (this.stopped.has(at.phase)) return "a stop request";
    return this.jobOf(at)?.cut === true ? "failFast" : undefined;
  }

  /** Time passes before the event is dealt with. */
  begin({ event }: Turn): void {
    for (const job of this.jobs.values()) {
      const due = job.startedAt + (job.plan.deadlineMs ?? Infinity);
      if (job.verdict === undefined && event.at >= due) this.#setBroken(job, "deadline");
    }
    if (event.type === "stopRequested") this.stopSeen = true;
    if (event.type !== "stopRequested" || (this.phase === "finally" && event.how === "drain")) return;
    this.stopped.add(this.phase);
    for (const job of this.jobs.values()) if (job.at.phase === this.phase) job.cut = true;
  }

  #setBroken(job: JobWatch, rule: string): void {
    job.broken ??= rule;
    const { phase, slot } = job.at;
    if (!(this.plan[phase][slot]?.failFast ?? false)) return;
    for (const other of this.jobs.values()) {
      if (other !== job && other.at.phase === phase && other.at.slot === slot) other.cut = true;
    }
  }

  /** Hosts that ended ok in all jobs of onlyIfOk; a job that has not ended gave no host an ok. */
  #order({ hosts, onlyIfOk }: JobPlan): number[] {
    const asked = onlyIfOk.map((name) =>
      [...this.jobs.values()].find((job) => job.plan.name === name && job.verdict !== undefined),
    );
    const isOk = (job: JobWatch | undefined, name: string): boolean =>
      [...(job?.ends ?? [])].some(
        ([host, { outcome }]) => outcome === "ok" && job?.plan.hosts[host]?.name === name,
      );
    return [...hosts.keys()].filter((host) => asked.every((job) => isOk(job, hosts[host]?.name ?? "")));
  }

  take(action: RolloutAction, turn: Turn): void {
    this.#note(action, turn);
    for (const job of this.jobs.values()) {
      const rule = job.verdict === undefined ? job.brokenByOutcomes() : undefined;
      if (rule !== undefined) this.#setBroken(job, rule);
    }
  }

  #note(action: RolloutAction, { event }: Turn): void {
    if (action.type === "submit") {
      const job = this.jobOf(action.task);
      if (job !== undefined && !job.submitted.includes(action.task.host))
        job.submitted.push(action.task.host);
    }
    const killed = action.type === "kill" ? this.jobOf(action) : undefined;
    if (killed !== undefined) killed.killed = true;
    if (action.type !== "announce") return;
    const said = action.announcement;
    switch (said.type) {
      case "slotStarted":
        this.phase = said.phase;
        this.slotsStarted += 1;
        return;
      case "jobStarted": {
        const plan = this.plan[said.phase][said.slot]?.jobs[said.job];
        if (plan !== undefined)
          this.jobs.set(jobKey(said), new JobWatch(said, plan, this.#order(plan), event.at));
        return;
      }
      case "taskEnded": {
        if (!said.final || said.task.stage !== undefined) return;
        const task = taskKey(said.task);
        if (this.finalEnds.has(task)) throw new Error(`${task} ended twice`);
        this.finalEnds.set(task, said.end.outcome);
        const job = this.jobOf(said.task);
        if (job === undefined) return;
        const { host } = said.task;
        job.ends.set(host, { outcome: said.end.outcome, mayBeRunning: said.end.mayBeRunning === true });
        if (!job.submitted.includes(host)) job.neverSubmitted += 1;
        if (job.betweenSteps) job.barrierAt = event.at;
        return;
      }
      case "jobEnded": {
        const job = this.jobOf(said);
        if (job !== undefined) job.verdict = said.verdict;
        return;
      }
      case "runEnded":
        this.ended = said;
        return;
      default:
    }
  }
}

/** All tasks of a run that has ended, by its plan and the hosts that ended ok in it. */
export function tasksOf(plan: RunPlan, watch: RunWatch): string[] {
  const ok = new Map<string, Set<string>>();
  const tasks: string[] = [];
  for (const phase of ["slots", "finally"] as const) {
    for (const [slot, { jobs }] of plan[phase].entries()) {
      for (const [job, { name, hosts, onlyIfOk }] of jobs.entries()) {
        const okHere = new Set<string>();
        ok.set(name, okHere);
        for (const [host, { name: hostName }] of hosts.entries()) {
          if (!onlyIfOk.every((asked) => ok.get(asked)?.has(hostName) === true)) continue;
          const key = taskKey({ phase, slot, job, host, attempt: 1 });
          tasks.push(key);
          if (watch.finalEnds.get(key) === "ok") okHere.add(hostName);
        }
      }
    }
  }
  return tasks;
}

export function taskKey(task: TaskRef): string {
  const ofHost = `${jobKey(task)}/${task.host}`;
  return task.stage === undefined ? ofHost : `${ofHost}/${task.stage}`;
}
