import type { WorkloadTask } from "@roadrunner/core";
import { describe, expect, it } from "vitest";
import { orderAfter } from "../../../src/daemon/task/order.ts";

const task: WorkloadTask = {
  run: "20261124-091612-k3x7p2qa",
  slot: 1,
  job: "deploy",
  attempt: 1,
  client: "c1",
  submission: "abcdefgh23",
};
const again = { ...task, again: {} };

describe("what is asked next of a task that was held back", () => {
  it.each([false, true])("is nothing where no earlier submission was made (killed: %s)", (killed) => {
    expect(orderAfter(undefined, killed)).toBeUndefined();
    for (const order of [undefined, "run", "withdraw", "kill"] as const)
      expect(orderAfter({ ...task, order }, killed)).toBeUndefined();
  });

  it("is what became of the earlier one, and nothing more once that was asked", () => {
    expect(orderAfter(again, false)).toBe("withdraw");
    expect(orderAfter({ ...again, order: "run" }, false)).toBe("withdraw");
    expect(orderAfter({ ...again, order: "withdraw" }, false)).toBeUndefined();
  });

  it("is its end once it is killed, also where it was found running and was waited for", () => {
    for (const order of [undefined, "run", "withdraw"] as const)
      expect(orderAfter({ ...again, order }, true)).toBe("kill");
    expect(orderAfter({ ...again, order: "kill" }, true)).toBeUndefined();
  });

  it("comes to an end whatever happens", () => {
    for (const first of [false, true])
      for (const second of [false, true]) {
        const order = orderAfter(again, first);
        const next = orderAfter({ ...again, order }, second);
        expect(next === undefined ? undefined : orderAfter({ ...again, order: next }, true)).toBeUndefined();
      }
  });
});
