import { expect, it } from "vitest";
import { toRunEvent } from "../../src/contract/to-run-event.ts";
import { planOf, stage, WORK } from "../../../../test/support/plans.ts";

it("gives the question before stages no exit code, which is that of no command of the flow", () => {
  const stages = [
    stage("unless", { asks: true, work: { ...WORK, unless: "test -e /x" } }),
    stage("go"),
  ] as const;
  const plan = planOf({ hosts: 1, stages });
  const ended = (index: number) => {
    const task = { phase: "slots", slot: 0, job: 0, host: 0, stage: index, attempt: 1 } as const;
    const end = { outcome: "ok", changed: true } as const;
    const head = { time: "2026-11-24T09:16:12.000Z", run: "r" };
    const report = { exitCode: 0, durationMs: 5 };
    return toRunEvent(plan, head, { type: "taskEnded", task, final: true, end }, report);
  };
  expect(ended(0)).toMatchObject({ stage: "unless", outcome: "ok", changed: true, durationMs: 5 });
  expect(ended(0)).not.toHaveProperty("exitCode");
  expect(ended(1)).toMatchObject({ stage: "go", exitCode: 0 });
});
