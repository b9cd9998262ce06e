import { fail, succeed, type Result, type RunEvent, type RunPlan } from "@roadrunner/core";
import type { Store, StoreFault } from "../../store/store.ts";

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
