import { describe, expect, it } from "vitest";
import { advance } from "../../src/rollout/advance.ts";
import { createRollout } from "../../src/rollout/create-rollout.ts";
import type { TaskRef } from "../../src/rollout/machine-events.ts";
import type { RunPlan } from "../../src/rollout/plan.ts";
import { count, planOf, share } from "./plans.ts";

const HOSTS = 100_000;

/** Plays a run in which every host starts and ends, each 50th fails once; gives processor time and verdict. */
function cost(plan: RunPlan): { readonly cpuMs: number; readonly events: number; readonly verdict: string } {
  const before = process.cpuUsage();
  let state = createRollout(plan, { seed: 1, onLost: "askAgain" });
  let now = 0;
  let events = 0;
  let verdict = "none";
  let wakeAt: number | undefined;
  const queue: TaskRef[] = [];
  const send = (event: Parameters<typeof advance>[1]): void => {
    events += 1;
    const next = advance(state, event);
    state = next.state;
    for (const action of next.actions) {
      if (action.type === "submit") queue.push(action.task);
      if (action.type === "wakeAt") wakeAt = action.at;
      if (action.type === "announce" && action.announcement.type === "runEnded") {
        verdict = action.announcement.verdict;
      }
    }
  };
  send({ type: "begin", at: now });
  while (state.mode === "running") {
    // By index: shift() is linear, and the machine is what is measured.
    for (let index = 0; index < queue.length; index++) {
      const task = queue[index];
      if (task === undefined) break;
      now += 1;
      send({ type: "taskStarted", at: now, task, worker: `w${task.host % 8}` });
      const fails = task.host % 50 === 0 && task.attempt === 1;
      send({ type: "taskEnded", at: now, task, end: { outcome: fails ? "unreachable" : "ok" } });
    }
    queue.length = 0;
    if (wakeAt !== undefined) now = Math.max(now, wakeAt);
    if (state.mode === "running") send({ type: "timePassed", at: now });
  }
  const used = process.cpuUsage(before);
  return { cpuMs: (used.user + used.system) / 1000, events, verdict };
}

describe("a run of 100,000 hosts", { timeout: 120_000 }, () => {
  it.each([
    ["with a window of 1000", { parallelism: [count(1000)] as const, retries: 1 }],
    ["all at once", { parallelism: [share(100)] as const, retries: 1 }],
    ["one at a time, in 100,000 steps", { parallelism: [count(1)] as const, stepped: true, retries: 1 }],
    ["that is decided by its first failure", { parallelism: [count(10)] as const }],
  ])("%s is decided in under 2 s of processor time", (_, fields) => {
    const { cpuMs, events, verdict } = cost(planOf({ hosts: HOSTS, ...fields }));
    expect(verdict).toBe("retries" in fields ? "succeeded" : "failed");
    expect(events).toBeGreaterThan("retries" in fields ? 2 * HOSTS : 1);
    expect(cpuMs).toBeLessThan(2000);
  });
});
