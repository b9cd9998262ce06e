import {
  advance,
  createRollout,
  endIn,
  jobAt,
  defined,
  taskKey,
  taskNames,
  toRunEvent,
  type Announcement,
  type Outcome,
  type RolloutAction,
  type RolloutEvent,
  type RolloutOptions,
  type RolloutState,
  type RunEvent,
  type RunPlan,
  type TaskRef,
} from "@roadrunner/core";
import { pastToResume } from "./counting-past.ts";
import { jobEvent, slotAt } from "./job-events.ts";
import { nameKey } from "./names.ts";
import { Waiting, type Waits } from "./waits.ts";
import { waitingReports, type WaitingReport } from "./waiting-reports.ts";

/** Where a run stands by its journal, and what was open when it was left. */
export interface Replayed {
  readonly state: RolloutState;
  /** Submitted attempts without an end: those that were asked for before come first. */
  readonly open: readonly TaskRef[];
  /** The last wake-up that the machine asked for. */
  readonly wakeAt: number | undefined;
  /** What waits for a person: the slot that comes next, or jobs that hold. */
  readonly waits: readonly Waits[];
  /** Nothing is left to do but to say so: the run's end. */
  readonly ended: RunEnd | undefined;
  /** What follows from the past and stands nowhere in it, since a stop or a crash came between; with the run's end. */
  readonly unrecorded: readonly Announcement[];
  /** When an attempt was asked for first, and whether a worker said since then that it starts it. */
  readonly firstAsked: (task: TaskRef) => FirstAsked | undefined;
  /** By `taskKey`: reports of ends that are the final ones if no other attempt follows. */
  readonly waitingReports: ReadonlyMap<string, WaitingReport>;
  /** Ends that count, with the outputs that later jobs may take. */
  readonly withOutputs: readonly RunEvent[];
  /** Time of the last event, milliseconds since the epoch. */
  readonly at: number;
}

interface FirstAsked {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly started: boolean;
}

type RunEnd = Extract<Announcement, { type: "runEnded" }>;
type TaskEvent = Extract<RunEvent, { type: "task.asked" | "task.started" | "task.ended" }>;
type Refs = ReadonlyMap<string, Omit<TaskRef, "attempt">>;

export type ReplayOptions = Omit<RolloutOptions, "firstAttempts" | "knownEnds" | "past"> & {
  /** Whoever goes on takes hosts with these outcomes again. */
  readonly retry?: readonly Outcome[] | undefined;
};

/**
 * Feeds a run's recorded past through the decision machine. The machine decides now as it decided then, so what it
 * has submitted and what has no recorded end is what is open. Stop requests are left out: a resume goes on. So are
 * deadlines that passed after a stop, or in a past of which hosts are taken again.
 */
export function replay(
  plan: RunPlan,
  events: readonly RunEvent[],
  { retry, ...options }: ReplayOptions,
): Replayed {
  const past = pastToResume(events, retry);
  const refs = taskRefs(plan);
  let state = createRollout(plan, {
    ...options,
    past: true,
    firstAttempts: byRef(refs, past.firstAttempts, (attempt) => attempt),
    knownEnds: byRef(refs, past.knownEnds, endIn),
  });
  const asked = askedAndOpen(events);
  const open = new Map<string, TaskRef>();
  let wakeAt: number | undefined;
  const waiting = new Waiting();
  let runEnd: RunEnd | undefined;
  let at = 0;
  const recorded = new Set(past.events.map(factOf));
  const ended = new Set(
    past.events.flatMap((event) => (event.type === "task.ended" ? [attemptKey(event)] : [])),
  );
  const unrecorded: Announcement[] = [];
  const takenAgainAt =
    retry === undefined
      ? past.events.findLastIndex((event) => event.type === "run.resumed" && event.retry !== undefined)
      : past.events.length;
  if (takenAgainAt >= 0) state = advance(state, { type: "deadlinesHeld", at }).state;
  const feed = (event: RolloutEvent): void => {
    const result = advance(state, event);
    state = result.state;
    for (const action of result.actions) {
      if (action.type === "announce" && isNews(plan, action.announcement, recorded))
        unrecorded.push(action.announcement);
      note(plan, open, action);
      if (action.type === "wakeAt") wakeAt = action.at;
      waiting.note(action);
      if (action.type === "announce" && action.announcement.type === "runEnded") runEnd = action.announcement;
    }
  };
  for (const [index, event] of past.events.entries()) {
    at = Math.max(at, Date.parse(event.time));
    const fed =
      event.type === "run.resumed" && index >= takenAgainAt
        ? ({ type: "resumed", at } as const)
        : toRolloutEvent(plan, event, at, refs, { asked, ended });
    if (fed !== undefined) feed(fed);
  }
  // Whoever goes on now; the last event may count no more.
  at = Math.max(at, Date.parse(events.at(-1)?.time ?? "") || 0);
  feed({ type: "resumed", at });
  const firstAsked = (task: TaskRef): FirstAsked | undefined =>
    asked.get(`${nameKey(taskNames(plan, task))}/${task.attempt}`);
  const isNew = (task: TaskRef): number => (firstAsked(task) === undefined ? 1 : 0);
  return {
    state,
    open: [...open.values()].sort((a, b) => isNew(a) - isNew(b)),
    wakeAt,
    waits: waiting.left,
    ended: runEnd,
    unrecorded,
    firstAsked,
    withOutputs: past.events.filter((event) => event.type === "task.ended" && event.outputs !== undefined),
    waitingReports: byRef(refs, waitingReports(past.events), (report) => report),
    at,
  };
}

/**
 * Whether a run that has failed would have failed without the stop request in it. One that was stopped may have done
 * so in `finally` alone, or for want of the hosts that the stop left out: then a resume goes on.
 */
export function failedWithoutStop(plan: RunPlan, events: readonly RunEvent[], seed: number): boolean {
  const { state, ended } = replay(plan, events, { seed });
  return ended?.verdict === "failed" || state.phases.slots.verdicts.includes("failed");
}

/**
 * By `nameKey` and attempt: what was asked for, and whose end is not recorded. Of all events: what was held back is taken
 * out of the past that counts, and its end tells that what was started never began.
 */
function askedAndOpen(events: readonly RunEvent[]): ReadonlyMap<string, FirstAsked> {
  const asked = new Map<string, FirstAsked>();
  for (const event of events) {
    if (event.type !== "task.asked" && event.type !== "task.started" && event.type !== "task.ended") continue;
    const key = attemptKey(event);
    const known = asked.get(key);
    // An end that is recorded answers all that was asked before it; the attempt may be asked for anew.
    if (event.type === "task.ended" && event.outcome !== "unknown") asked.delete(key);
    else if (event.type === "task.asked" && known === undefined)
      asked.set(key, { atMs: Date.parse(event.time), started: false });
    else if (event.type === "task.started" && known !== undefined)
      asked.set(key, { ...known, started: true });
  }
  return asked;
}

function toRolloutEvent(
  plan: RunPlan,
  event: RunEvent,
  at: number,
  refs: Refs,
  attempts: Attempts,
): RolloutEvent | undefined {
  switch (event.type) {
    case "run.started":
      return { type: "begin", at };
    case "slot.started":
      // A slot that asks first has started, so somebody had said yes to it, and to no other.
      return { type: "confirmed", at, ...slotAt(plan, event) };
    case "gate.asked":
    case "gate.answered":
    case "job.confirmed":
      return jobEvent(plan, event, at);
    case "task.asked":
      return askedBefore(event, at, refs, attempts);
    case "task.started":
    case "task.ended":
      return taskEvent(event, at, refs);
    case "run.stopping":
      return { type: "deadlinesHeld", at };
    default:
      return { type: "timePassed", at };
  }
}

/** By `attemptKey`. */
interface Attempts {
  /** Whose end is not recorded. */
  readonly asked: ReadonlyMap<string, FirstAsked>;
  /** Whose end counts. */
  readonly ended: ReadonlySet<string>;
}

/** Of a stage it says how far the host's way had gone, also where its end is recorded. */
function askedBefore(
  event: Extract<TaskEvent, { type: "task.asked" }>,
  at: number,
  refs: Refs,
  { asked, ended }: Attempts,
): RolloutEvent | undefined {
  const key = attemptKey(event);
  if (asked.has(key)) return taskEvent(event, at, refs);
  if (event.stage === undefined) return { type: "timePassed", at };
  const fed = taskEvent(event, at, refs);
  // Its end counts no more, since a stop had held it back: others may have its place by now.
  return fed?.type === "taskAsked" && !ended.has(key) ? { ...fed, heldBack: true } : fed;
}

function attemptKey(event: TaskEvent): string {
  return `${nameKey(event)}/${event.attempt}`;
}

function taskEvent(event: TaskEvent, at: number, refs: Refs): RolloutEvent | undefined {
  const ref = refs.get(nameKey(event));
  if (ref === undefined) return undefined;
  const task = { ...ref, attempt: event.attempt };
  if (event.type === "task.asked") return { type: "taskAsked", at, task };
  if (event.type === "task.started")
    return { type: "taskStarted", at, task, ...defined({ worker: event.worker }) };
  return { type: "taskEnded", at, task, end: endIn(event) };
}

function isNews(plan: RunPlan, announcement: Announcement, recorded: ReadonlySet<string>): boolean {
  const fact = factOf(toRunEvent(plan, { time: "", run: "" }, announcement));
  return fact !== "" && !recorded.has(fact);
}

/** Names what is recorded once, as the past counts now; empty for all else. */
function factOf(event: RunEvent): string {
  switch (event.type) {
    case "run.ended":
      return event.type;
    case "slot.started":
    case "slot.ended":
      return `${event.type} ${event.slot}`;
    case "job.started":
    case "job.ended":
      return `${event.type} ${event.slot}/${event.job}`;
    case "step.started":
    case "step.ended":
      return `${event.type} ${event.slot}/${event.job}/${event.step}`;
    case "task.ended":
      return event.final ? `${event.type} ${nameKey(event)}` : "";
    default:
      return "";
  }
}

function note(plan: RunPlan, open: Map<string, TaskRef>, action: RolloutAction): void {
  if (action.type === "submit") open.set(taskKey(action.task), action.task);
  else if (action.type === "announce" && action.announcement.type === "taskEnded") {
    const { task, final } = action.announcement;
    open.delete(taskKey(task));
    // A way that has ended has no stage that is still to come: a kill may have cut it.
    const { stages } = jobAt(plan, task);
    if (task.stage === undefined && final)
      stages?.forEach((_, stage) => open.delete(taskKey({ ...task, stage })));
  }
}

/** Names of tasks, as run events carry them → where they stand in the plan. */
function taskRefs(plan: RunPlan): Refs {
  const refs = new Map<string, Omit<TaskRef, "attempt">>();
  for (const phase of ["slots", "finally"] as const) {
    plan[phase].forEach(({ jobs }, slot) => {
      jobs.forEach(({ hosts, stages = [] }, job) => {
        for (let host = 0; host < hosts.length; host += 1) {
          const ofHost = { phase, slot, job, host };
          for (const ref of [ofHost, ...stages.map((_, stage) => ({ ...ofHost, stage }))])
            refs.set(nameKey(taskNames(plan, { ...ref, attempt: 1 })), ref);
        }
      });
    });
  }
  return refs;
}

/** By `nameKey` → by `taskKey`. */
function byRef<Value, As>(
  refs: Refs,
  values: ReadonlyMap<string, Value>,
  as: (value: Value) => As,
): ReadonlyMap<string, As> {
  const found = new Map<string, As>();
  for (const [key, value] of values) {
    const ref = refs.get(key);
    if (ref !== undefined) found.set(taskKey(ref), as(value));
  }
  return found;
}
