import { describe, expect, it } from "vitest";
import { advance } from "../../src/rollout/advance.ts";
import { createRollout } from "../../src/rollout/create-rollout.ts";
import type { RolloutAction, TaskRef } from "../../src/rollout/machine-events.ts";
import type { RunPlan } from "../../src/rollout/plan/plan.ts";
import { count, planOf, share } from "../../../../test/support/plans.ts";
import { usualCpuMs } from "../../../../test/support/slowness.ts";

const HOSTS = 100_000;

/** By name as they stand in a flow: rack by rack. */
const RACKS = Array.from({ length: HOSTS }, (_, index) => ({
  name: `h${index + 1}`,
  labels: { rack: `r${Math.floor(index / 20)}`, zone: `z${index % 4}` },
}));

/** Plays a run in which every host starts and ends, each 50th fails once. */
function play(plan: RunPlan): { readonly events: number; readonly verdict: string } {
  let state = createRollout(plan, { seed: 1 });
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
  return { events, verdict };
}

describe("a run of 100,000 hosts", { timeout: 120_000 }, () => {
  it.each([
    ["with a window of 1000", { parallelism: [count(1000)] as const, retries: 1 }],
    ["all at once", { parallelism: [share(100)] as const, retries: 1 }],
    ["one at a time, in 100,000 steps", { parallelism: [count(1)] as const, stepped: true, retries: 1 }],
    ["that is decided by its first failure", { parallelism: [count(10)] as const }],
    [
      "with one host of each of 5000 racks at once and half of each zone",
      {
        hosts: RACKS,
        parallelism: [share(100)] as const,
        spread: [
          { label: "rack", most: count(1) },
          { label: "zone", most: share(50) },
        ],
        retries: 1,
      },
    ],
  ])("%s is decided in under 2 s of processor time of a usual box", (_, fields) => {
    const plan = planOf({ hosts: HOSTS, ...fields });
    const { cpuMs, value } = usualCpuMs(() => play(plan), 2000);
    const { events, verdict } = value;
    expect(verdict).toBe("retries" in fields ? "succeeded" : "failed");
    expect(events).toBeGreaterThan("retries" in fields ? 2 * HOSTS : 1);
    expect(cpuMs).toBeLessThan(2000);
  });
});

describe("memory", () => {
  it("keeps nothing of what ended: not its reason, not what else the shell hands in with it", () => {
    let state = createRollout(planOf({ hosts: 5000, success: share(0), parallelism: [count(100)] }), {
      seed: 1,
    });
    const send = (event: Parameters<typeof advance>[1]): readonly RolloutAction[] => {
      const next = advance(state, event);
      state = next.state;
      return next.actions;
    };
    const queue = [...send({ type: "begin", at: 0 })];
    for (let ended = 0; ended < 4000;) {
      const action = queue.shift();
      if (action?.type !== "submit") continue;
      ended += 1;
      const end = {
        outcome: "failed" as const,
        reason: `${ended} `.repeat(500),
        stdout: `${ended} `.repeat(500),
      };
      queue.push(...send({ type: "taskEnded", at: ended, task: action.task, end }));
    }
    const { plan: _, ...rest } = state;
    expect(textIn({ ...rest, jobs: state.jobs.map(({ plan: _plan, ...job }) => job) })).toBeLessThan(50_000);
  });
});

/** Characters of all strings that can be reached from a value. */
function textIn(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || seen.has(value) || ArrayBuffer.isView(value)) return 0;
  seen.add(value);
  const parts: unknown[] = value instanceof Map ? [...value].flat() : Object.values(value);
  return parts.reduce((sum: number, part) => sum + textIn(part, seen), 0);
}
