import type { Outcome, RunEvent } from "@roadrunner/core";
import { nameKey } from "./names.ts";
import { passedEnds } from "./passed-ends.ts";
import { retriedStages } from "./retried-stages.ts";
import { undoneIn } from "./undone.ts";

/** The past of a run as it counts now. */
export interface CountingPast {
  readonly events: readonly RunEvent[];
  /** By `nameKey`: the number of the first attempt of a host that is taken again. */
  readonly firstAttempts: ReadonlyMap<string, number>;
  /** By `nameKey`: the ends that stand in a slot of which other hosts are taken again. */
  readonly knownEnds: ReadonlyMap<string, TaskEnded>;
}

export type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

/**
 * Leaves out of a run's past what no longer counts since it was resumed. After a stop request, what it had left out
 * is open again, and what had ended only because nothing more was to start; a `finally` that ran because of the stop
 * runs again at the run's end, as new attempts. Where hosts with some outcomes were taken again, their old ends, what
 * followed from them, and what ran in `finally` because of them are gone, and their next attempt has the next number.
 */
export function countingPast(events: readonly RunEvent[]): CountingPast {
  return pastOf(events);
}

/** The past of a run that is about to go on; with `retry` it takes hosts with these outcomes again. */
export function pastToResume(events: readonly RunEvent[], retry?: readonly Outcome[]): CountingPast {
  const past = pastOf(events);
  past.resume(retry);
  return past;
}

function pastOf(events: readonly RunEvent[]): Past {
  const past = new Past();
  for (const event of events) past.add(event);
  return past;
}

class Past implements CountingPast {
  events: RunEvent[] = [];
  readonly firstAttempts = new Map<string, number>();
  readonly knownEnds = new Map<string, TaskEnded>();
  #stoppedAt: number | undefined;

  add(event: RunEvent): void {
    if (event.type === "run.stopping") this.#stoppedAt ??= this.events.length;
    if (event.type === "run.resumed") this.resume(event.retry);
    this.events.push(event);
  }

  /** Somebody goes on with what there is. */
  resume(retry: readonly Outcome[] | undefined): void {
    const slot = slotToRetry(this.events);
    if (this.#stoppedAt !== undefined) {
      const taken = finallyAfter(this.events, this.#stoppedAt);
      this.events = withoutStop(this.events, this.#stoppedAt);
      this.#undo(taken);
    }
    this.#stoppedAt = undefined;
    this.events = this.events.filter(({ type }) => type !== "run.ended");
    if (retry === undefined) return;
    this.#undo(takenAgain(this.events, slot, retry));
    if (slot !== undefined) for (const [key, end] of endsIn(this.events, slot)) this.knownEnds.set(key, end);
  }

  #undo(taken: TakenAgain): void {
    for (const [key, attempt] of taken.attempts) this.firstAttempts.set(key, attempt + 1);
    this.events = this.events.filter((earlier) => !isUndone(earlier, taken));
    for (const [key, { slot }] of this.knownEnds)
      if (slot >= (taken.slot ?? Infinity)) this.knownEnds.delete(key);
  }
}

/**
 * Drops the ends that the stop request made: tasks that never began, attempts that nothing followed any more, and the
 * ends of their jobs and slots; the resume records anew those that stand without it. The end of a stage stays behind which
 * a kill has led its host on, to what runs always.
 */
function withoutStop(events: readonly RunEvent[], stoppedAt: number): RunEvent[] {
  /** Attempts that have ended, to be followed by another. */
  const ended = new Set<string>();
  const passed = passedEnds(events);
  return events.filter((event, index) => {
    if (index > stoppedAt && ENDS_OF_MANY.has(event.type)) return false;
    if (event.type !== "task.asked" && event.type !== "task.ended") return true;
    const key = `${nameKey(event)}/${event.attempt}`;
    if (event.type === "task.asked") {
      ended.delete(key);
      return true;
    }
    if (passed.has(index)) return true;
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
  // A host's whole way is never asked for, and yet has an end.
  for (const event of events)
    if ((event.type === "task.asked" || event.type === "task.ended") && event.slot >= slot)
      attempts.set(nameKey(event), Math.max(event.attempt, attempts.get(nameKey(event)) ?? 0));
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
  const { isUndo } = undoneIn(events, slot);
  return [...attempts.keys()].filter((key) => {
    // Slot, job and host; a stage's has one more.
    const [ofSlot, job = "", ...rest] = key.split("/");
    return ofSlot === `${slot ?? 0}` && rest.length === 1 && !isUndo(job);
  });
}

/** In the slot that did not succeed no host ended badly: a gate has failed, and nobody is to be named. */
export function isOnlyHeldUp(events: readonly RunEvent[]): boolean {
  const past = countingPast(events).events;
  const slot = slotToRetry(past);
  const { isUndo } = undoneIn(past, slot);
  const ends = slot === undefined ? [] : [...endsIn(past, slot).values()];
  const outcomes = ends.flatMap(({ stage, job, outcome }) =>
    stage === undefined && !isUndo(job) ? [outcome] : [],
  );
  return outcomes.length > 0 && outcomes.every((outcome) => outcome === "skipped" || outcome === "ok");
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
  const undone = undoneIn(events, slot);
  for (const event of events) {
    if (event.type !== "task.ended" || event.outcome === "skipped" || event.slot < slot) continue;
    if (event.stage !== undefined) continue;
    const again = event.slot > slot || (event.final && outcomes.includes(event.outcome)) || undone.has(event);
    if (again) attempts.set(nameKey(event), event.attempt);
    else if (event.final) attempts.delete(nameKey(event));
  }
  // An undo that was cut off has no end of its host.
  for (const [key, attempt] of undone.asked) attempts.set(key, Math.max(attempt, attempts.get(key) ?? 0));
  for (const [key, attempt] of retriedStages(events, slot, attempts, undone.has)) attempts.set(key, attempt);
  return { slot, attempts };
}

function isUndone(event: RunEvent, { slot, attempts }: TakenAgain): boolean {
  if (slot === undefined || !("slot" in event) || event.slot < slot) return false;
  if (!("host" in event)) return event.type !== "slot.started" || event.slot > slot;
  return (event.type === "task.ended" && event.outcome === "skipped") || attempts.has(nameKey(event));
}
