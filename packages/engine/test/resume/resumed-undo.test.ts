import { describe, expect, it } from "vitest";
import type { Outcome, RunEvent, RunPlan, TaskRef } from "@roadrunner/core";
import { count, slot, stage } from "../../../../test/support/plans.ts";
import { leftToDo } from "../../src/resume/go-on.ts";
import { holdToItsEnd } from "./hold-to-its-end.ts";
import { job, Leg } from "./legs.ts";

const undo = (fields: object = {}) =>
  job("a", 3, { name: "a.undo", undoes: "a", success: count(0), parallelism: [count(1)], ...fields });

const planWith = (fields: object = {}): RunPlan => ({
  name: "f",
  slots: [slot(job("a", 3, { parallelism: [count(1)], ...fields }), undo(fields)), slot(job("c", 1))],
  finally: [slot(job("z", 1))],
});

/** The last host of the job fails; all else ends ok. */
const lastFails = (plan: RunPlan) => {
  const last = (plan.slots[0]?.jobs[0]?.stages?.length ?? 1) - 1;
  return ({ phase, slot: at, job: of, host, stage: index = 0 }: TaskRef): Outcome =>
    phase === "slots" && at === 0 && of === 0 && host === 2 && index === last ? "failed" : "ok";
};

const journalOf = (plan: RunPlan, { journal: events }: Leg) => {
  const [started] = events;
  if (started?.type !== "run.started") throw new Error("no run.started");
  return { plan, events, started };
};

/** Carries it until so many hosts of the undo have ended. */
function untilUndone(leg: Leg, plan: RunPlan, hosts: number): void {
  const ends = () =>
    leg.journal.filter(
      (event) => event.type === "task.ended" && event.job === "a.undo" && event.stage === undefined,
    );
  for (let step = 0; step < 100 && ends().length < hosts; step += 1) leg.finish(lastFails(plan), 1);
  expect(ends()).toHaveLength(hosts);
}

const askedOf = (events: readonly RunEvent[], name: string): string[] =>
  events.flatMap((event) =>
    event.type === "task.asked" && event.job === name
      ? [`${event.host} ${event.stage ?? ""}${event.attempt}`]
      : [],
  );

describe.each<[string, RunPlan, string]>([
  ["commands", planWith(), ""],
  ["ways", planWith({ stages: [stage("drain"), stage("install", { retryFrom: "stage" })] }), "drain"],
])("a run whose undo was cut short, of %s", (_, plan, first) => {
  const steps = first === "" ? 1 : 2;

  it("goes on with the undo where it was left", () => {
    const leg = new Leg(plan);
    untilUndone(leg, plan, 1);
    leg.loop.abandon("killed");
    const next = new Leg(plan, leg.journal);
    next.finish(lastFails(plan));
    expect(next.verdict).toBe("failed");
    const hosts = askedOf(next.journal, "a.undo").filter((one) => one.includes(first));
    // The one that had been asked for is asked about again.
    expect([...new Set(hosts)]).toEqual([`a-3 ${first}1`, `a-2 ${first}1`, `a-1 ${first}1`]);
    holdToItsEnd(next.journal, plan);
    expect(leftToDo(journalOf(plan, next), undefined)).toMatchObject({ error: { type: "failed" } });
  });

  it("by a stop has something left to do, and goes on with the undo", () => {
    const leg = new Leg(plan);
    untilUndone(leg, plan, 1);
    leg.loop.stop("drain", "SIGINT");
    leg.finish(lastFails(plan));
    expect(leg.verdict).toBe("failed");
    const before = askedOf(leg.journal, "a.undo");
    expect(before.length, "not all of it").toBeLessThan(3 * steps);
    expect(leftToDo(journalOf(plan, leg), undefined)).toEqual({ ok: true, value: undefined });
    const next = new Leg(plan, leg.journal);
    next.finish(lastFails(plan));
    expect(next.verdict).toBe("failed");
    const ends = next.journal.filter(
      (event) =>
        event.type === "task.ended" &&
        event.job === "a.undo" &&
        event.stage === undefined &&
        event.outcome === "ok",
    );
    expect(ends).toHaveLength(3);
    holdToItsEnd(next.journal, plan);
  });

  it("since it was stopped before it failed is undone by a resume", () => {
    const leg = new Leg(plan);
    for (let step = 0; step < 20 && askedOf(leg.journal, "a").length < 2 * steps + 1; step += 1)
      leg.finish(lastFails(plan), 1);
    leg.open.forEach((task) => leg.start(task));
    leg.loop.stop("drain", "SIGINT");
    leg.finish(lastFails(plan));
    expect(leg.verdict).toBe("failed");
    expect(askedOf(leg.journal, "a.undo")).toEqual([]);
    expect(leftToDo(journalOf(plan, leg), undefined)).toEqual({ ok: true, value: undefined });
    const next = new Leg(plan, leg.journal);
    next.finish(lastFails(plan));
    expect(next.verdict).toBe("failed");
    expect(askedOf(next.journal, "a.undo")).toHaveLength(3 * steps);
    holdToItsEnd(next.journal, plan);
    expect(leftToDo(journalOf(plan, next), undefined)).toMatchObject({ error: { type: "failed" } });
  });

  it("and is retried takes all hosts again that were undone, from their first stage, and undoes them again", () => {
    const leg = new Leg(plan);
    leg.finish(lastFails(plan));
    expect(leg.verdict).toBe("failed");
    const retry = ["unreachable"] as const;
    expect(leftToDo(journalOf(plan, leg), retry), "whatever they had come to").toMatchObject({ ok: true });
    const second = new Leg(plan, leg.journal, retry);
    second.finish(lastFails(plan));
    expect(second.verdict).toBe("failed");
    const asked = (name: string) =>
      askedOf(second.journal.slice(leg.journal.length), name).filter((one) => one.includes(first));
    expect(asked("a")).toEqual([`a-1 ${first}2`, `a-2 ${first}2`, `a-3 ${first}2`]);
    expect(asked("a.undo")).toEqual([`a-3 ${first}2`, `a-2 ${first}2`, `a-1 ${first}2`]);
    holdToItsEnd(second.journal, plan);
    const third = new Leg(plan, second.journal, retry);
    third.finish(() => "ok");
    expect(third.verdict).toBe("succeeded");
    expect(askedOf(third.journal.slice(second.journal.length), "a.undo")).toEqual([]);
    holdToItsEnd(third.journal, plan);
  });
});
