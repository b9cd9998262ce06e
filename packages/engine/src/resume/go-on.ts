import { fail, succeed, type Outcome, type Result, type RunEvent } from "@roadrunner/core";
import type { Journal } from "../journal/read-journal.ts";
import { eventsToGoOnWith } from "./events-that-count.ts";
import { failedWithoutStop, replay, type Replayed } from "./replay.ts";
import { hostsToRetry, isOnlyHeldUp } from "./counting-past.ts";

/** Why there is nothing to go on with. */
export type NothingLeft =
  | { readonly type: "succeeded" }
  /** It failed, and nobody said which hosts are to be taken again. */
  | { readonly type: "failed"; readonly reason: string | undefined }
  /** No host of the slot that failed has one of these outcomes. */
  | { readonly type: "noHost"; readonly outcomes: readonly Outcome[] };

/** Whether there is something to go on with. */
export function leftToDo(
  { plan, events, started }: Pick<Journal, "plan" | "events" | "started">,
  retry: readonly Outcome[] | undefined,
): Result<void, NothingLeft> {
  const ended = events.findLast((event) => event.type === "run.ended" || event.type === "run.resumed");
  if (ended?.type !== "run.ended" || ended.verdict === "cancelled") return succeed(undefined);
  if (ended.verdict === "succeeded") return fail({ type: "succeeded" });
  if (retry !== undefined)
    return hostsToRetry(events, retry).length > 0 || isOnlyHeldUp(events)
      ? succeed(undefined)
      : fail({ type: "noHost", outcomes: retry });
  return failedWithoutStop(plan, events, started.seed)
    ? fail({ type: "failed", reason: ended.reason })
    : succeed(undefined);
}

/** Where a resumed run stands, and what its views need to know of its past. */
export function goOn(
  { plan, events, started }: Pick<Journal, "plan" | "events" | "started">,
  {
    retry,
    lostTimeoutMs,
  }: { readonly retry: readonly Outcome[] | undefined; readonly lostTimeoutMs: number },
): { readonly past: readonly RunEvent[]; readonly replayed: Replayed } {
  return {
    past: eventsToGoOnWith(events, retry),
    replayed: replay(plan, events, { seed: started.seed, lostTimeoutMs, retry }),
  };
}

/** Whether a run that nobody carries waits for a person: whoever goes on with it is asked. */
export function waitsForPerson({
  plan,
  events,
  started,
}: Pick<Journal, "plan" | "events" | "started">): boolean {
  return replay(plan, events, { seed: started.seed }).waits.length > 0;
}
