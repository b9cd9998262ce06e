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
 * Leaves out of a run's past what no longer counts. Where the operator has gone on after a stop request, the hosts
 * that the stop had left out are open again; where `run.resumed` took hosts with some outcomes again, their old
 * ends, what followed from them, and what ran in `finally` because of them are gone, and their next attempt has the
 * next number.
 */
export function countingPast(events: readonly RunEvent[]): CountingPast {
  let kept: RunEvent[] = [];
  const firstAttempts = new Map<string, number>();
  let stopped = false;
  for (const event of events) {
    if (event.type === "run.stopping") stopped = true;
    if (event.type === "run.resumed") {
      stopped = false;
      if (event.retry !== undefined) {
        const taken = takenAgain(kept, event.retry);
        for (const [key, attempt] of taken.attempts) firstAttempts.set(key, attempt + 1);
        kept = kept.filter((earlier) => !isUndone(earlier, taken));
      }
    }
    if (stopped && event.type === "task.ended" && event.outcome === "skipped") continue;
    kept.push(event);
  }
  return { events: kept, firstAttempts };
}

/** Hosts that `--retry` would take again. */
export function hostsToRetry(events: readonly RunEvent[], outcomes: readonly Outcome[]): readonly string[] {
  const { slot, attempts } = takenAgain(countingPast(events).events, outcomes);
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
