import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GateAnswer, GatePlan, Outcome, RunEvent, RunPlan } from "@roadrunner/core";
import { count, slot } from "../../../../test/support/plans.ts";
import { leftToDo, waitsForPerson } from "../../src/resume/go-on.ts";
import { replay } from "../../src/resume/replay.ts";
import { holdToItsEnd } from "./hold-to-its-end.ts";
import { job, Leg } from "./legs.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 29, 3), toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const site: GatePlan = {
  name: "site",
  everyMs: 30_000,
  failures: 2,
  timeoutMs: 10_000,
  http: { url: "http://site/", status: 200 },
};
const pass: GateAnswer = { kind: "pass", text: "status 200", worker: "w" };
const red: GateAnswer = { kind: "fail", text: "status 503, not 200", worker: "w" };
const nothing: GateAnswer = { kind: "inconclusive", text: "no answer" };

/** Two steps of one host each, and another job beside it. */
const planWith = (fields: object = {}): RunPlan => ({
  name: "f",
  slots: [
    slot(
      job("a", 2, {
        parallelism: [count(1), count(1)],
        stepped: true,
        gates: [site],
        bakeMs: 60_000,
        ...fields,
      }),
      job("b", 1),
    ),
  ],
  finally: [],
});

/** Does what there is to do, and lets the time pass where there is nothing, until the run ends or a person is asked. */
function carry(leg: Leg, answer: () => GateAnswer, how: () => Outcome = () => "ok", most = 400): void {
  for (let step = 0; step < most && !leg.over && leg.questions.length === 0; step += 1) {
    const [task] = leg.open;
    if (leg.asks.size > 0) leg.answer(answer());
    else if (task === undefined) vi.advanceTimersByTime(5000);
    else {
      leg.start(task);
      leg.end(task, how());
    }
  }
}

const asked = (events: readonly RunEvent[]): number[] =>
  events.flatMap((event) => (event.type === "gate.asked" ? [event.ask] : []));

const journalOf = (plan: RunPlan, leg: Leg) => {
  const [started] = leg.journal;
  if (started?.type !== "run.started") throw new Error("no run.started");
  return { plan, events: leg.journal, started };
};

describe("a run with gates that was left", () => {
  it("before its first host asks them anew, with the next numbers", () => {
    const plan = planWith();
    const first = new Leg(plan);
    first.answer(pass);
    expect(first.asks.size, "one of three").toBe(0);
    vi.advanceTimersByTime(5000);
    expect(asked(first.journal)).toEqual([1, 2]);
    first.loop.abandon("killed");
    const second = new Leg(plan, first.journal);
    expect([...second.asks.values()]).toMatchObject([{ ask: 3 }]);
    carry(second, () => pass);
    expect(second.verdict).toBe("succeeded");
    const before = second.journal.findIndex((event) => event.type === "task.asked" && event.job === "a");
    expect(asked(second.journal.slice(0, before))).toEqual([1, 2, 3, 4, 5]);
    holdToItsEnd(second.journal, plan);
  });

  it("while it bakes begins the bake anew", () => {
    const plan = planWith();
    const first = new Leg(plan);
    for (let step = 0; step < 100 && !first.journal.some(({ type }) => type === "job.baking"); step += 1)
      carry(
        first,
        () => pass,
        () => "ok",
        1,
      );
    vi.advanceTimersByTime(50_000);
    first.loop.abandon("killed");
    const second = new Leg(plan, first.journal);
    expect(second.journal.filter(({ type }) => type === "job.baking")).toHaveLength(2);
    second.answer(pass);
    vi.advanceTimersByTime(55_000);
    second.answer(pass);
    expect(second.open, "not before the whole bake has passed").toEqual([]);
    carry(second, () => pass);
    expect(second.verdict).toBe("succeeded");
    holdToItsEnd(second.journal, plan);
  });

  it.each<["yes" | "no" | "asked", string | undefined]>([
    ["yes", "succeeded"],
    ["no", "failed"],
    ["asked", undefined],
  ])("while a job holds waits for the same answer: %s", (said, verdict) => {
    const plan = planWith({ onGateFail: "hold" });
    const first = new Leg(plan);
    const answers = [pass, pass, pass, red, red];
    carry(first, () => answers.shift() ?? pass);
    expect(first.questions).toMatchObject([
      { job: 0, text: expect.stringContaining("status 503") as string },
    ]);
    first.loop.nobodyConfirms();
    expect(first.journal.at(-1)).toMatchObject({ type: "run.interrupted" });
    expect(waitsForPerson(journalOf(plan, first))).toBe(true);
    const second = new Leg(plan, first.journal, undefined, said === "yes");
    if (said !== "yes")
      expect(second.questions).toEqual(
        first.questions.map(({ phase, slot: index, job: of, text }) => ({
          phase,
          slot: index,
          job: of,
          text,
        })),
      );
    if (said === "no") second.loop.confirm({ phase: "slots", slot: 0, job: 0, goOn: false });
    if (said !== "asked") second.questions.splice(0);
    carry(second, () => pass);
    expect(second.verdict).toBe(verdict);
    if (verdict === undefined) return;
    expect(second.journal.filter(({ type }) => type === "job.confirmed")).toMatchObject([
      { goOn: said === "yes" },
    ]);
    expect(waitsForPerson(journalOf(plan, second))).toBe(false);
    holdToItsEnd(second.journal, plan);
    expect(leftToDo(journalOf(plan, second), undefined).ok).toBe(false);
  });

  it("of which a host is taken again asks as if it had not begun", () => {
    const plan = planWith();
    const failing = new Leg(plan);
    carry(
      failing,
      () => pass,
      () => "failed",
    );
    const second = new Leg(plan, failing.journal, ["failed"]);
    const from = failing.journal.length;
    carry(second, () => pass);
    expect(second.verdict).toBe("succeeded");
    const rest = second.journal.slice(from);
    const begins = rest.findIndex((event) => event.type === "task.asked" && event.job === "a");
    expect(asked(rest.slice(0, begins))).toHaveLength(3);
    holdToItsEnd(second.journal, plan);
  });
});

it("goes on wherever it was cut, with what was open, and never makes an ask twice", () => {
  const answers = fc.array(fc.constantFrom(pass, pass, pass, red, nothing), { minLength: 30, maxLength: 30 });
  const outcomes = fc.array(fc.constantFrom<Outcome>("ok", "ok", "failed"), { minLength: 8, maxLength: 8 });
  const cuts = fc.array(fc.nat(25), { maxLength: 3 });
  fc.assert(
    fc.property(answers, outcomes, cuts, fc.boolean(), (drawn, ends, after, holds) => {
      const plan = planWith(holds ? { onGateFail: "hold", success: count(1) } : {});
      let nextAnswer = 0;
      let nextEnd = 0;
      const answer = (): GateAnswer => drawn[nextAnswer++] ?? pass;
      const how = (): Outcome => ends[nextEnd++ % ends.length] ?? "ok";
      let leg = new Leg(plan);
      for (const steps of after) {
        carry(leg, answer, how, steps);
        if (leg.over) break;
        const questions = leg.questions.length;
        leg.loop.abandon("killed");
        const past = replay(plan, leg.journal, { seed: 7 });
        expect(past.waits).toHaveLength(questions);
        expect(new Set(past.open)).toEqual(new Set(leg.open));
        leg = new Leg(plan, leg.journal);
      }
      for (let round = 0; round < 20 && !leg.over; round += 1) {
        carry(leg, answer, how);
        for (const { phase, slot: index, job: of } of leg.questions.splice(0))
          leg.loop.confirm({ phase, slot: index, ...(of === undefined ? {} : { job: of }) });
      }
      expect(leg.over).toBe(true);
      holdToItsEnd(leg.journal, plan);
      const numbers = asked(leg.journal);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }),
    { numRuns: 60 },
  );
});
