import { describe, expect, it } from "vitest";
import { advance } from "../../../src/rollout/advance.ts";
import { createRollout } from "../../../src/rollout/create-rollout.ts";
import type { RolloutAction, RolloutEvent, TaskRef } from "../../../src/rollout/machine-events.ts";
import { planOf } from "../../../../../test/support/plans.ts";

const plan = planOf({ hosts: 2 });

function play() {
  const state = createRollout(plan, { seed: 1 });
  const feed = (event: RolloutEvent): readonly RolloutAction[] => advance(state, event).actions;
  feed({ type: "begin", at: 0 });
  const task = (attempt: number): TaskRef => ({ phase: "slots", slot: 0, job: 0, host: 0, attempt });
  const withdrawn = (attempt: number): readonly RolloutAction[] =>
    feed({
      type: "taskEnded",
      at: 1,
      task: task(attempt),
      end: { outcome: "skipped", worker: "w", reason: "withdrawn before it started" },
    });
  return { feed, task, withdrawn };
}

const submitted = (actions: readonly RolloutAction[]) =>
  actions.flatMap((action) => (action.type === "submit" ? [action.task.attempt] : []));
const finals = (actions: readonly RolloutAction[]) =>
  actions.flatMap((action) =>
    action.type === "announce" && action.announcement.type === "taskEnded" && action.announcement.final
      ? [action.announcement.end.outcome]
      : [],
  );

describe("an attempt whose record was closed before the run was resumed", () => {
  it("is followed by the next, without a retry of the job's", () => {
    const { withdrawn } = play();
    const actions = withdrawn(1);
    expect(submitted(actions)).toEqual([2]);
    expect(finals(actions)).toEqual([]);
    expect(submitted(withdrawn(2))).toEqual([3]);
  });

  it("gives the attempt after it no retry more than the job has", () => {
    const { feed, task, withdrawn } = play();
    withdrawn(1);
    const actions = feed({ type: "taskEnded", at: 2, task: task(2), end: { outcome: "failed" } });
    expect(finals(actions)).toContain("failed");
    expect(submitted(actions)).toEqual([]);
  });

  it("is skipped where the run is being stopped, and after twenty of them", () => {
    const stopped = play();
    stopped.feed({ type: "stopRequested", at: 1, how: "drain", reason: "SIGINT" });
    expect(finals(stopped.withdrawn(1))).toContain("skipped");
    const closed = play();
    for (let attempt = 1; attempt <= 20; attempt += 1)
      expect(submitted(closed.withdrawn(attempt))).toEqual([attempt + 1]);
    expect(finals(closed.withdrawn(21))).toContain("skipped");
  });
});
