import { expect } from "vitest";
import { stageId, type RunEvent, type RunPlan, type TaskRef } from "@roadrunner/core";

export function runsAlways(plan: RunPlan, { phase, slot, job, stage }: TaskRef): boolean {
  return stage !== undefined && plan[phase][slot]?.jobs[job]?.stages?.[stage]?.always === true;
}

/**
 * Over all that a journal tells, resumes included: an attempt of a stage ends once for good; a host goes its stages in
 * order, and from the first one again where it is taken again.
 */
export function holdWays(journal: readonly RunEvent[], plan: RunPlan): void {
  const order = new Map<string, readonly string[]>();
  [...plan.slots, ...plan.finally].forEach(({ jobs }, slot) => {
    for (const { name, stages } of jobs)
      order.set(
        `${slot + 1}/${name}`,
        (stages ?? []).map(({ name, at }) =>
          stageId({ stage: name, at: at?.label === undefined ? at?.hosts[0]?.name : undefined }),
        ),
      );
  });
  const at = new Map<string, { stage: number; over: boolean }>();
  const ended = new Set<string>();
  for (const event of journal) {
    if (event.type !== "task.asked" && event.type !== "task.ended") continue;
    const names = order.get(`${event.slot}/${event.job}`) ?? [];
    const host = `${event.slot}/${event.job}/${event.host}`;
    if (names.length === 0) continue;
    if (event.stage === undefined) {
      if (event.type === "task.ended") at.set(host, { stage: -1, over: true });
      continue;
    }
    const there = stageId({ stage: event.stage, at: event.at });
    const name = names.includes(there) ? there : event.stage;
    const stage = names.indexOf(name);
    const before = at.get(host) ?? { stage: -1, over: false };
    if (event.type === "task.asked") {
      // A `finally` that a stop had led to is gone anew at the run's end.
      const isAnew = event.slot > plan.slots.length && stage === 0 && event.attempt > 1;
      if (before.stage === -1 || isAnew) expect([host, name]).toEqual([host, names[0]]);
      else expect(stage, `${host} ${name}`).toBeGreaterThanOrEqual(before.stage);
      at.set(host, { stage, over: false });
      continue;
    }
    // What a stop withdrew is open again when somebody goes on.
    if (!event.final || event.outcome === "skipped") continue;
    const key = `${host}/${name}/${event.attempt}`;
    expect(ended.has(key), key).toBe(false);
    ended.add(key);
  }
}
