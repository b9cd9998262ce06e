import {
  fail,
  isFailure,
  OUTCOMES,
  succeed,
  type Outcome,
  type Result,
  type RunEvent,
} from "@roadrunner/core";

/** The past of a run as it counts now. */
export interface CountingPast {
  readonly events: readonly RunEvent[];
  /** By `nameKey`: the number of the first attempt of a host that is taken again. */
  readonly firstAttempts: ReadonlyMap<string, number>;
}

interface Names {
  readonly slot: number;
  readonly job: string;
  readonly host: string;
}

export function nameKey(task: Names): string {
  return `${task.slot}/${task.job}/${task.host}`;
}

/**
 * Leaves out of a run's past what no longer counts since it was resumed. After a stop request, what it had left out
 * is open again, and what had ended only because nothing more was to start; a `finally` that ran because of the stop
 * runs again at the run's end, as new attempts. Where hosts with some outcomes were taken again, their old ends, what
 * followed from them, and what ran in `finally` because of them are gone, and their next attempt has the next number.
 */
export function countingPast(events: readonly RunEvent[]): CountingPast {
  let kept: RunEvent[] = [];
  const firstAttempts = new Map<string, number>();
  let stoppedAt: number | undefined;
  const undo = (taken: TakenAgain): void => {
    for (const [key, attempt] of taken.attempts) firstAttempts.set(key, attempt + 1);
    kept = kept.filter((earlier) => !isUndone(earlier, taken));
  };
  for (const event of events) {
    if (event.type === "run.stopping") stoppedAt ??= kept.length;
    if (event.type === "run.resumed") {
      if (stoppedAt !== undefined) {
        const taken = finallyAfter(kept, stoppedAt);
        kept = withoutStop(kept, stoppedAt);
        undo(taken);
      }
      stoppedAt = undefined;
      if (event.retry !== undefined) undo(takenAgain(kept, event.retry));
    }
    kept.push(event);
  }
  return { events: kept, firstAttempts };
}

/** The past of a run that is about to go on. */
export function pastToResume(events: readonly RunEvent[]): CountingPast {
  const last = events.at(-1);
  if (last === undefined) return countingPast(events);
  const { time, run } = last;
  return countingPast([...events, { type: "run.resumed", time, run, version: "", who: "", where: "" }]);
}

/** Drops the ends that the stop request made: tasks that never began, and attempts that nothing followed any more. */
function withoutStop(events: readonly RunEvent[], stoppedAt: number): RunEvent[] {
  /** Attempts that have ended, to be followed by another. */
  const ended = new Set<string>();
  return events.filter((event, index) => {
    if (event.type !== "task.asked" && event.type !== "task.ended") return true;
    const key = `${nameKey(event)}/${event.attempt}`;
    if (event.type === "task.asked") {
      ended.delete(key);
      return true;
    }
    if (index > stoppedAt && (event.outcome === "skipped" || (event.final && ended.has(key)))) return false;
    ended.add(key);
    return true;
  });
}

/**
 * The tasks of `finally` that were asked for, if a stop request had led there. Of one that has no end here the host
 * may have one: asked for under the same number, it would be told and not run.
 */
function finallyAfter(events: readonly RunEvent[], stoppedAt: number): TakenAgain {
  const [started] = events;
  const attempts = new Map<string, number>();
  if (started?.type !== "run.started") return { slot: undefined, attempts };
  const slot = started.plan.slots.length + 1;
  // The last time: a resume before this one may have led there as well.
  const begun = events.findLastIndex((event) => event.type === "slot.started" && event.slot >= slot);
  if (begun < stoppedAt) return { slot: undefined, attempts };
  for (const event of events)
    if (event.type === "task.asked" && event.slot >= slot) attempts.set(nameKey(event), event.attempt);
  return { slot, attempts };
}

/** Hosts that `--retry` would take again. */
export function hostsToRetry(events: readonly RunEvent[], outcomes: readonly Outcome[]): readonly string[] {
  const { slot, attempts } = takenAgain(pastToResume(events).events, outcomes);
  return [...attempts.keys()].filter((key) => key.startsWith(`${slot ?? 0}/`));
}

interface TakenAgain {
  /** The first slot that did not succeed. */
  readonly slot: number | undefined;
  /** Last attempts of the tasks that start anew. */
  readonly attempts: ReadonlyMap<string, number>;
}

function takenAgain(events: readonly RunEvent[], outcomes: readonly Outcome[]): TakenAgain {
  const failed = events.find((event) => event.type === "slot.ended" && event.verdict !== "succeeded");
  const attempts = new Map<string, number>();
  if (failed?.type !== "slot.ended") return { slot: undefined, attempts };
  for (const event of events) {
    if (event.type !== "task.ended" || event.outcome === "skipped" || event.slot < failed.slot) continue;
    const again = event.slot > failed.slot || (event.final && outcomes.includes(event.outcome));
    if (again) attempts.set(nameKey(event), event.attempt);
    else if (event.final) attempts.delete(nameKey(event));
  }
  return { slot: failed.slot, attempts };
}

function isUndone(event: RunEvent, { slot, attempts }: TakenAgain): boolean {
  if (slot === undefined || !("slot" in event) || event.slot < slot) return false;
  if (!("host" in event)) return event.type !== "slot.started" || event.slot > slot;
  return (event.type === "task.ended" && event.outcome === "skipped") || attempts.has(nameKey(event));
}

/** What `--retry` names: `failed,unreachable`. */
export function parseRetry(text: string): Result<readonly Outcome[], string> {
  const outcomes: Outcome[] = [];
  for (const word of text.split(",").map((part) => part.trim())) {
    const outcome = OUTCOMES.find((known) => known === word);
    if (outcome === undefined || !isRetryable(outcome)) {
      return fail(`${JSON.stringify(word)} is not one of ${OUTCOMES.filter(isRetryable).join(", ")}`);
    }
    outcomes.push(outcome);
  }
  return succeed(outcomes);
}

function isRetryable(outcome: Outcome): boolean {
  return isFailure(outcome) || outcome === "cancelled";
}
