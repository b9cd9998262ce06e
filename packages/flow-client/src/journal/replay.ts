import {
  advance,
  createRollout,
  given,
  taskKey,
  taskNames,
  type Announcement,
  type RolloutAction,
  type RolloutEvent,
  type RolloutOptions,
  type RolloutState,
  type RunEvent,
  type RunPlan,
  type TaskRef,
} from "@roadrunner/core";
import { nameKey, pastToResume } from "./retries.ts";

/** Where a run stands by its journal, and what was open when it was left. */
export interface Replayed {
  readonly state: RolloutState;
  /** Submitted attempts without an end: those that were asked for before come first. */
  readonly open: readonly TaskRef[];
  /** The last wake-up that the machine asked for. */
  readonly wakeAt: number | undefined;
  /** What the slot that comes next wants to have confirmed. */
  readonly confirm: string | undefined;
  /** Nothing is left to do but to say so: the run's end. */
  readonly ended: RunEnd | undefined;
  /** When an attempt was asked for first, milliseconds since the epoch. */
  readonly firstAsked: (task: TaskRef) => number | undefined;
  /** Time of the last event, milliseconds since the epoch. */
  readonly at: number;
}

type RunEnd = Extract<Announcement, { type: "runEnded" }>;
type TaskEvent = Extract<RunEvent, { type: "task.started" | "task.ended" }>;
type Refs = ReadonlyMap<string, Omit<TaskRef, "attempt">>;

/**
 * Feeds a run's recorded past through the decision machine. The machine decides now as it decided then, so what it
 * has submitted and what has no recorded end is what is open. Stop requests are left out: a resume goes on.
 */
export function replay(
  plan: RunPlan,
  events: readonly RunEvent[],
  options: Omit<RolloutOptions, "firstAttempts">,
): Replayed {
  const past = pastToResume(events);
  const refs = taskRefs(plan);
  let state = createRollout(plan, { ...options, firstAttempts: byRef(refs, past.firstAttempts) });
  const open = new Map<string, TaskRef>();
  let wakeAt: number | undefined;
  let confirm: string | undefined;
  let ended: RunEnd | undefined;
  let at = 0;
  for (const event of past.events) {
    at = Math.max(at, Date.parse(event.time));
    const fed = toRolloutEvent(plan, event, at, refs);
    if (fed === undefined) continue;
    const result = advance(state, fed);
    state = result.state;
    for (const action of result.actions) {
      note(open, action);
      if (action.type === "wakeAt") wakeAt = action.at;
      if (action.type === "askToConfirm") confirm = action.text;
      if (action.type === "announce" && action.announcement.type === "runEnded") ended = action.announcement;
    }
  }
  const asked = new Map<string, number>();
  for (const event of past.events) {
    const key = event.type === "task.asked" ? `${nameKey(event)}/${event.attempt}` : "";
    if (event.type === "task.asked" && !asked.has(key)) asked.set(key, Date.parse(event.time));
  }
  const firstAsked = (task: TaskRef): number | undefined =>
    asked.get(`${nameKey(taskNames(plan, task))}/${task.attempt}`);
  const isNew = (task: TaskRef): number => (firstAsked(task) === undefined ? 1 : 0);
  return {
    state,
    open: [...open.values()].sort((a, b) => isNew(a) - isNew(b)),
    wakeAt,
    confirm: state.mode === "confirming" ? confirm : undefined,
    ended,
    firstAsked,
    at,
  };
}

function toRolloutEvent(plan: RunPlan, event: RunEvent, at: number, refs: Refs): RolloutEvent | undefined {
  switch (event.type) {
    case "run.started":
      return { type: "begin", at };
    case "slot.started": {
      // A slot that asks first has started, so somebody had said yes to it, and to no other.
      const index = event.slot - 1;
      const inSlots = index < plan.slots.length;
      const slot = inSlots ? index : index - plan.slots.length;
      return { type: "confirmed", at, phase: inSlots ? "slots" : "finally", slot };
    }
    case "task.started":
    case "task.ended":
      return taskEvent(event, at, refs);
    default:
      return { type: "timePassed", at };
  }
}

function taskEvent(event: TaskEvent, at: number, refs: Refs): RolloutEvent | undefined {
  const ref = refs.get(nameKey(event));
  if (ref === undefined) return undefined;
  const task = { ...ref, attempt: event.attempt };
  if (event.type === "task.started")
    return { type: "taskStarted", at, task, ...given({ worker: event.worker }) };
  const { outcome, reason, blame, worker, noRetry, mayBeRunning } = event;
  return {
    type: "taskEnded",
    at,
    task,
    end: { outcome, ...given({ reason, blame, worker, noRetry, mayBeRunning }) },
  };
}

function note(open: Map<string, TaskRef>, action: RolloutAction): void {
  if (action.type === "submit") open.set(taskKey(action.task), action.task);
  else if (action.type === "announce" && action.announcement.type === "taskEnded") {
    open.delete(taskKey(action.announcement.task));
  }
}

/** Names of tasks, as run events carry them → where they stand in the plan. */
function taskRefs(plan: RunPlan): Refs {
  const refs = new Map<string, Omit<TaskRef, "attempt">>();
  for (const phase of ["slots", "finally"] as const) {
    plan[phase].forEach(({ jobs }, slot) => {
      jobs.forEach(({ hosts }, job) => {
        for (let host = 0; host < hosts.length; host += 1) {
          const ref = { phase, slot, job, host };
          refs.set(nameKey(taskNames(plan, { ...ref, attempt: 1 })), ref);
        }
      });
    });
  }
  return refs;
}

function byRef(refs: Refs, attempts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [key, attempt] of attempts) {
    const ref = refs.get(key);
    if (ref !== undefined) found.set(taskKey(ref), attempt);
  }
  return found;
}
