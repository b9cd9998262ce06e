import { describe, expect, it } from "vitest";
import type { RunPlan, TaskRef } from "@roadrunner/core";
import { share, slot, stage } from "../../../../test/support/plans.ts";
import { holdToItsEnd } from "./hold-to-its-end.ts";
import { job, Leg } from "./legs.ts";

const lb1 = { at: { hosts: [{ name: "lb1" }], atOnce: 1 } };
const plan: RunPlan = {
  name: "w",
  slots: [
    slot(
      job("a", 3, {
        parallelism: [share(100)],
        stages: [stage("drain", lb1), stage("install"), stage("undrain", lb1)],
      }),
    ),
  ],
  finally: [],
};
const told = (open: readonly TaskRef[]): string[] => open.map((task) => `${task.host}.${task.stage}`);

describe("a run with stages at another host, left and gone on with", () => {
  it("lets whoever was there end first, though another one would go before it", () => {
    const first = new Leg(plan);
    const [drain] = first.open;
    if (drain === undefined) throw new Error("nobody has set out");
    first.end(drain, "ok");
    for (const task of first.open) {
      first.start(task);
      if (task.stage === 1) first.end(task, "ok");
    }
    expect(told(first.open)).toEqual(["1.0"]);
    first.loop.abandon("killed");
    const second = new Leg(plan, first.journal);
    expect(told(second.open)).toEqual(["1.0"]);
    const [running] = second.open;
    if (running !== undefined) second.end(running, "ok");
    expect(told(second.open)).toEqual(["1.1", "0.2"]);
    second.finish(() => "ok");
    holdToItsEnd(second.journal, plan);
  });

  it("knows that a host had set out when its job failed, though the stage there has ended since", () => {
    const first = new Leg(plan);
    const endNext = (name: string, outcome: "ok" | "failed"): void => {
      const task = first.open.find((one) => told([one])[0] === name);
      if (task === undefined) throw new Error(`${name} is not asked for`);
      first.end(task, outcome);
    };
    endNext("0.0", "ok");
    const drain = first.open.find((one) => told([one])[0] === "1.0");
    if (drain !== undefined) first.start(drain);
    endNext("0.1", "failed");
    endNext("1.0", "ok");
    endNext("1.1", "ok");
    expect(told(first.open)).toEqual(["1.2"]);
    first.loop.abandon("killed");
    const second = new Leg(plan, first.journal);
    expect(told(second.open)).toEqual(["1.2"]);
    second.finish(() => "ok");
    holdToItsEnd(second.journal, plan);
  });

  it("asks anew for whoever a stop had held back, when it is its turn", () => {
    const first = new Leg(plan);
    const [drain] = first.open;
    if (drain === undefined) throw new Error("nobody has set out");
    first.end(drain, "ok");
    first.loop.stop("drain", "SIGINT");
    first.loop.abandon("killed");
    const second = new Leg(plan, first.journal);
    expect(told(second.open)).toEqual(["0.1", "1.0"]);
    second.finish(() => "ok");
    expect(second.verdict).toBe("succeeded");
    holdToItsEnd(second.journal, plan);
  });
});
