import { advance } from "../../src/rollout/advance.ts";
import { createRollout } from "../../src/rollout/create-rollout.ts";
import type {
  Announcement,
  RolloutAction,
  RolloutEvent,
  TaskEnd,
  TaskRef,
} from "../../src/rollout/machine-events.ts";
import type { Outcome } from "../../src/work/outcome.ts";
import type { RunPlan } from "../../src/rollout/plan/plan.ts";
import type { RolloutOptions, RolloutState } from "../../src/rollout/state/state.ts";

type Of<T extends Announcement["type"]> = Extract<Announcement, { type: T }>;
/** An event without its time: the driver's clock gives that. */
type Timeless<E> = E extends unknown ? Omit<E, "at"> : never;

/**
 * Plays the shell for one run, an event at a time, with a clock that stands still unless told. Tasks are
 * named by host; in a plan of several jobs by "job/host".
 */
export class Driver {
  readonly actions: RolloutAction[] = [];
  readonly events: RolloutEvent[] = [];
  now = 1_000_000;
  #state: RolloutState;
  readonly #plan: RunPlan;

  constructor(plan: RunPlan, options: Partial<RolloutOptions> = {}) {
    this.#plan = plan;
    this.#state = createRollout(plan, { seed: 1, ...options });
  }

  static begun(plan: RunPlan, options: Partial<RolloutOptions> = {}): Driver {
    const driver = new Driver(plan, options);
    driver.send({ type: "begin" });
    return driver;
  }

  /** @returns the actions that followed. */
  send(event: Timeless<RolloutEvent>): readonly RolloutAction[] {
    const whole = { ...event, at: this.now } as RolloutEvent;
    this.events.push(whole);
    const { state, actions } = advance(this.#state, whole);
    this.#state = state;
    this.actions.push(...actions);
    return actions;
  }

  get mode(): RolloutState["mode"] {
    return this.#state.mode;
  }

  start(...names: string[]): void {
    for (const name of names) this.send({ type: "taskStarted", task: this.task(name), worker: "w1" });
  }

  end(name: string, outcome: Outcome = "ok", rest: Partial<TaskEnd> = {}): readonly RolloutAction[] {
    return this.send({ type: "taskEnded", task: this.task(name), end: { outcome, ...rest } });
  }

  /** Ends every host named with this outcome. */
  endAll(names: readonly string[], outcome: Outcome = "ok"): void {
    for (const name of names) this.end(name, outcome);
  }

  /** The worker w blames itself. */
  blame(name: string, worker = "w1"): readonly RolloutAction[] {
    return this.end(name, "unreachable", { blame: "worker", worker, reason: "no identity" });
  }

  lose(
    name: string,
    rest: { answered?: boolean; submission?: number; silentMs?: number } = {},
  ): readonly RolloutAction[] {
    return this.send({ type: "taskLost", task: this.task(name), reason: "the worker is gone", ...rest });
  }

  stop(how: "drain" | "kill" = "drain"): readonly RolloutAction[] {
    return this.send({ type: "stopRequested", how, reason: "SIGINT" });
  }

  wait(ms: number): readonly RolloutAction[] {
    this.now += ms;
    return this.send({ type: "timePassed" });
  }

  /** The attempt submitted last of this host. */
  task(name: string): TaskRef {
    const ref = this.actions.findLast(
      (action) => action.type === "submit" && this.#isNamed(action.task, name),
    );
    if (ref?.type !== "submit") throw new Error(`${name} was never submitted`);
    return ref.task;
  }

  all<T extends Announcement["type"]>(type: T): Of<T>[] {
    return said(this.actions).filter((announcement) => announcement.type === type) as Of<T>[];
  }

  /** Hosts submitted and without a final end, in order of submission. */
  open(): string[] {
    const submitted = this.actions.flatMap((action) =>
      action.type === "submit" ? [this.#name(action.task)] : [],
    );
    return [...new Set(submitted)].filter((name) => this.outcome(name) === undefined);
  }

  submissions(name: string): (RolloutAction & { type: "submit" })[] {
    return this.actions.filter(
      (action) => action.type === "submit" && this.#isNamed(action.task, name),
    ) as (RolloutAction & {
      type: "submit";
    })[];
  }

  /** The final outcome. */
  outcome(name: string): Outcome | undefined {
    return this.finalEnd(name)?.outcome;
  }

  finalEnd(name: string): TaskEnd | undefined {
    const ends = this.all("taskEnded").filter(
      ({ final, task }) => final && task.stage === undefined && this.#isNamed(task, name),
    );
    if (ends.length > 1) throw new Error(`${name} ended ${ends.length} times`);
    return ends[0]?.end;
  }

  /** Names of the stages that were submitted of a host, in order; each attempt once. */
  way(name: string): string[] {
    const refs = this.submissions(name).map(({ task }) => task);
    const attempts = new Map(refs.map((task) => [`${task.stage}/${task.attempt}`, task]));
    return [...attempts.values()].map(({ phase, slot, job, stage = -1 }) => {
      return this.#plan[phase][slot]?.jobs[job]?.stages?.[stage]?.name ?? "none";
    });
  }

  /** The end of the named job. */
  job(name = "job"): Of<"jobEnded"> | undefined {
    return this.all("jobEnded").find(
      (ended) => this.#plan[ended.phase][ended.slot]?.jobs[ended.job]?.name === name,
    );
  }

  run(): Of<"runEnded"> | undefined {
    return this.all("runEnded")[0];
  }

  #isNamed(task: TaskRef, name: string): boolean {
    const [first, second] = name.split("/");
    const job = this.#plan[task.phase][task.slot]?.jobs[task.job];
    if (second !== undefined && job?.name !== first) return false;
    return job?.hosts[task.host]?.name === (second ?? first);
  }

  /** Qualified by the job where there are several. */
  #name(task: TaskRef): string {
    const job = this.#plan[task.phase][task.slot]?.jobs[task.job];
    const host = job?.hosts[task.host]?.name ?? "?";
    const jobs = [...this.#plan.slots, ...this.#plan.finally].flatMap((slot) => slot.jobs);
    return jobs.length > 1 ? `${job?.name}/${host}` : host;
  }
}

export function said(actions: readonly RolloutAction[]): Announcement[] {
  return actions.flatMap((action) => (action.type === "announce" ? [action.announcement] : []));
}

export function kinds(actions: readonly RolloutAction[]): string[] {
  return actions.map((action) => (action.type === "announce" ? action.announcement.type : action.type));
}
