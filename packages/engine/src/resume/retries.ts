import type { Outcome, RunEvent } from "@roadrunner/core";

/** The past of a run as it counts now. */
export interface CountingPast {
  readonly events: readonly RunEvent[];
  /** By `nameKey`: the number of the first attempt of a host that is taken again. */
  readonly firstAttempts: ReadonlyMap<string, number>;
  /** By `nameKey`: the ends that stand in a slot of which other hosts are taken again. */
  readonly knownEnds: ReadonlyMap<string, TaskEnded>;
}

export type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

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
  const knownEnds = new Map<string, TaskEnded>();
  let stoppedAt: number | undefined;
  const undo = (taken: TakenAgain): void => {
    for (const [key, attempt] of taken.attempts) firstAttempts.set(key, attempt + 1);
    kept = kept.filter((earlier) => !isUndone(earlier, taken));
    for (const [key, { slot }] of knownEnds) if (slot >= (taken.slot ?? Infinity)) knownEnds.delete(key);
  };
  for (const event of events) {
    if (event.type === "run.stopping") stoppedAt ??= kept.length;
    if (event.type === "run.resumed") {
      const slot = slotToRetry(kept);
      if (stoppedAt !== undefined) {
        const taken = finallyAfter(kept, stoppedAt);
        kept = withoutStop(kept, stoppedAt);
        undo(taken);
      }
      stoppedAt = undefined;
      kept = kept.filter(({ type }) => type !== "run.ended");
      if (event.retry !== undefined) {
        undo(takenAgain(kept, slot, event.retry));
        if (slot !== undefined) for (const [key, end] of endsIn(kept, slot)) knownEnds.set(key, end);
      }
    }
    kept.push(event);
  }
  return { events: kept, firstAttempts, knownEnds };
}

/** The past of a run that is about to go on. */
export function pastToResume(events: readonly RunEvent[]): CountingPast {
  const last = events.at(-1);
  if (last === undefined) return countingPast(events);
  const { time, run } = last;
  return countingPast([...events, { type: "run.resumed", time, run, version: "", who: "", where: "" }]);
}

/**
 * Drops the ends that the stop request made: tasks that never began, attempts that nothing followed any more, and the
 * ends of their jobs and slots; the resume records anew those that stand without it.
 */
function withoutStop(events: readonly RunEvent[], stoppedAt: number): RunEvent[] {
  /** Attempts that have ended, to be followed by another. */
  const ended = new Set<string>();
  return events.filter((event, index) => {
    if (index > stoppedAt && ENDS_OF_MANY.has(event.type)) return false;
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

const ENDS_OF_MANY: ReadonlySet<RunEvent["type"]> = new Set(["step.ended", "job.ended", "slot.ended"]);

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

/** Final ends of a slot's tasks, and none of those after it, which do not count any more. */
function endsIn(events: readonly RunEvent[], slot: number): Map<string, TaskEnded> {
  const ends = new Map<string, TaskEnded>();
  for (const event of events)
    if (event.type === "task.ended" && event.final && event.slot === slot) ends.set(nameKey(event), event);
  return ends;
}

/** Hosts that `--retry` would take again. */
export function hostsToRetry(events: readonly RunEvent[], outcomes: readonly Outcome[]): readonly string[] {
  const slot = slotToRetry(countingPast(events).events);
  const { attempts } = takenAgain(pastToResume(events).events, slot, outcomes);
  return [...attempts.keys()].filter((key) => key.startsWith(`${slot ?? 0}/`));
}

interface TakenAgain {
  /** The first slot that did not succeed. */
  readonly slot: number | undefined;
  /** Last attempts of the tasks that start anew. */
  readonly attempts: ReadonlyMap<string, number>;
}

/** The first slot that did not succeed, by what was said of it last. */
function slotToRetry(events: readonly RunEvent[]): number | undefined {
  const verdicts = new Map<number, string>();
  for (const event of events) if (event.type === "slot.ended") verdicts.set(event.slot, event.verdict);
  const failed = [...verdicts].flatMap(([slot, verdict]) => (verdict === "succeeded" ? [] : [slot]));
  return failed.length === 0 ? undefined : Math.min(...failed);
}

function takenAgain(
  events: readonly RunEvent[],
  slot: number | undefined,
  outcomes: readonly Outcome[],
): TakenAgain {
  const attempts = new Map<string, number>();
  if (slot === undefined) return { slot, attempts };
  for (const event of events) {
    if (event.type !== "task.ended" || event.outcome === "skipped" || event.slot < slot) continue;
    const again = event.slot > slot || (event.final && outcomes.includes(event.outcome));
    if (again) attempts.set(nameKey(event), event.attempt);
    else if (event.final) attempts.delete(nameKey(event));
  }
  return { slot, attempts };
}

function isUndone(event: RunEvent, { slot, attempts }: TakenAgain): boolean {
  if (slot === undefined || !("slot" in event) || event.slot < slot) return false;
  if (!("host" in event)) return event.type !== "slot.started" || event.slot > slot;
  return (event.type === "task.ended" && event.outcome === "skipped") || attempts.has(nameKey(event));
}
