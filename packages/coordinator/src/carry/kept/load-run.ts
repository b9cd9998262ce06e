import { fail, succeed, type Result, type RunEvent, type RunPlan } from "@roadrunner/core";
import type { KnownRun, Store, StoreFault } from "../../store/store.ts";
import { readKept } from "./kept-run.ts";

const PAGE = 1000;

/** A run's past, as the store has it. */
export interface Past {
  readonly plan: RunPlan;
  readonly started: Extract<RunEvent, { type: "run.started" }>;
  readonly events: readonly RunEvent[];
}

/** The plan of a run that has begun. */
export async function loadPlan(store: Store, run: string): Promise<Result<RunPlan, string>> {
  const page = await store.events(run, 1, 1);
  if (!page.ok) return fail(page.error.reason);
  const [first] = page.value;
  return first?.event.type === "run.started" ? succeed(first.event.plan) : fail(damaged(run));
}

/** The plan of a run that has begun, or, as it was handed over, of one that has not. */
export async function loadPlanOf(
  store: Store,
  { run, events }: Pick<KnownRun, "run" | "events">,
): Promise<Result<RunPlan, string>> {
  if (events > 0) return loadPlan(store, run);
  const kept = await store.handOver(run);
  if (!kept.ok) return fail(kept.error.reason);
  const read = readKept(kept.value ?? "", false);
  if (read.ok && read.value.begin !== undefined) return succeed(read.value.begin.plan);
  // It has begun since it was looked at, and is kept without its plan; or there is none.
  return loadPlan(store, run);
}

/** All events of a run; undefined: it has not begun. */
export async function loadPast(store: Store, run: string): Promise<Result<Past | undefined, StoreFault>> {
  const events: RunEvent[] = [];
  for (;;) {
    const page = await store.events(run, events.length + 1, PAGE);
    if (!page.ok) return page;
    if (page.value.length === 0) break;
    for (const { event } of page.value) events.push(event);
  }
  const [started] = events;
  if (started === undefined) return succeed(undefined);
  if (started.type !== "run.started") return fail({ kind: "refused", reason: damaged(run) });
  return succeed({ plan: started.plan, started, events });
}

function damaged(run: string): string {
  return `the events of run ${run} do not begin with run.started: the store is damaged; restore it from its backup`;
}
