import { describe, expect, it } from "vitest";
import type { GateAnswer } from "../../../src/rollout/machine-events.ts";
import type { GatePlan } from "../../../src/rollout/plan/gate-plan.ts";
import { count, planOf, stage, type JobFields } from "../../../../../test/support/plans.ts";
import { Driver } from "../driver.ts";

const SECOND = 1000;
const latency: GatePlan = {
  name: "latency",
  everyMs: 30 * SECOND,
  failures: 2,
  timeoutMs: 10 * SECOND,
  prometheus: { url: "http://prom:9090", query: "latency", max: 300 },
};
const page: GatePlan = { ...latency, name: "page", http: { url: "http://shop/", status: 200 } };
const pass: GateAnswer = { kind: "pass", text: "212, at most 300", value: 212 };
const fail: GateAnswer = { kind: "fail", text: "512, more than 300", value: 512 };
const nothing: GateAnswer = { kind: "inconclusive", text: "no data" };

/** Two steps of one host each, watched by gates; answers are given by name. */
class Watched extends Driver {
  static of(fields: Partial<JobFields> = {}): Watched {
    const plan = planOf({
      hosts: 2,
      parallelism: [count(1), count(1)],
      stepped: true,
      gates: [latency],
      ...fields,
    });
    const run = new Watched(plan);
    run.send({ type: "begin" });
    return run;
  }

  /** The ask that is out of this gate; undefined: none. */
  asked(gate = 0): number | undefined {
    const asks = this.actions.flatMap((action) =>
      action.type === "askGate" && action.gate.gate === gate ? [action.ask] : [],
    );
    const last = asks.at(-1);
    const isAnswered = this.all("gateAnswered").some((one) => one.gate.gate === gate && one.ask === last);
    return isAnswered ? undefined : last;
  }

  answer(answer: GateAnswer, gate = 0): void {
    const ask = this.asked(gate);
    if (ask === undefined) throw new Error(`gate ${gate} is not asked`);
    this.send({ type: "gateAnswered", gate: { phase: "slots", slot: 0, job: 0, gate }, ask, answer });
  }

  /** Answers what is asked before the first host. */
  passBefore(gates = 1): void {
    for (let round = 0; round < 3; round += 1) {
      for (let gate = 0; gate < gates; gate += 1) this.answer(pass, gate);
      if (round < 2) this.wait(5 * SECOND);
    }
  }

  confirm(goOn?: false): void {
    this.send({ type: "confirmed", phase: "slots", slot: 0, job: 0, ...(goOn === false ? { goOn } : {}) });
  }
}

describe("before the first host", () => {
  it("asks each gate three times, five seconds apart, and starts when all have passed", () => {
    const run = Watched.of({ gates: [latency, page] });
    run.answer(pass, 0);
    expect(run.asked(0)).toBeUndefined();
    run.wait(5 * SECOND);
    run.answer(pass, 0);
    run.answer(pass, 1);
    run.wait(5 * SECOND);
    run.answer(pass, 0);
    run.answer(pass, 1);
    expect(run.open()).toEqual([]);
    run.wait(5 * SECOND);
    run.answer(pass, 0);
    expect(run.open()).toEqual([]);
    run.answer(pass, 1);
    expect(run.open()).toEqual(["h1"]);
  });

  it("waits for a gate that was asked once more while another one was asked for the third time", () => {
    const run = Watched.of({ gates: [latency, page] });
    for (const round of [1, 2, 3]) {
      run.answer(pass, 0);
      if (round < 3) run.answer(pass, 1);
      run.wait(5 * SECOND);
    }
    run.answer(pass, 1);
    expect(run.open()).toEqual([]);
    run.answer(pass, 0);
    expect(run.open()).toEqual(["h1"]);
  });

  it("fails the job where a gate is red, and starts nothing", () => {
    const run = Watched.of();
    run.answer(fail);
    run.wait(5 * SECOND);
    run.answer(fail);
    expect(run.job()).toMatchObject({
      verdict: "failed",
      reason:
        "gate latency failed before the job began: 512, more than 300 (2 in a row); 0 ok; 2 never started",
    });
    expect(run.outcome("h1")).toBe("skipped");
  });

  it("asks on after one fail, and holds where nobody can tell", () => {
    const once = Watched.of();
    for (const answer of [pass, pass, fail, pass]) {
      expect(once.open()).toEqual([]);
      once.answer(answer);
      once.wait(5 * SECOND);
    }
    expect(once.open()).toEqual(["h1"]);

    const unsure = Watched.of();
    for (const answer of [pass, pass, nothing]) {
      unsure.answer(answer);
      unsure.wait(5 * SECOND);
    }
    expect(unsure.all("jobHeld")).toMatchObject([{ reason: "gate latency is inconclusive: no data" }]);
    expect(unsure.asked()).toBeUndefined();
    unsure.confirm();
    expect(unsure.open()).toEqual(["h1"]);
    expect(unsure.asked()).toBe(4);
  });

  it("takes no answer in time for one that says nothing", () => {
    const run = Watched.of();
    run.wait(30 * SECOND);
    expect(run.all("gateAnswered")).toMatchObject([
      { ask: 1, answer: { kind: "inconclusive", text: "no worker has answered within 30 s" } },
    ]);
    const late = { phase: "slots", slot: 0, job: 0, gate: 0 } as const;
    run.send({ type: "gateAnswered", gate: late, ask: 1, answer: pass });
    expect(run.all("gateAnswered")).toHaveLength(1);
  });

  it("asks nothing of a job that has no host", () => {
    const run = Watched.of({ hosts: [] });
    expect(run.run()?.verdict).toBe("succeeded");
    expect(run.all("gateAsked")).toEqual([]);
  });
});

describe("in and after a step", () => {
  it("bakes: the next step starts when the time has passed and each gate has passed anew", () => {
    const run = Watched.of({ bakeMs: 60 * SECOND });
    run.passBefore();
    run.wait(SECOND);
    run.end("h1");
    expect(run.all("jobBaking")).toMatchObject([{ bakeMs: 60 * SECOND }]);
    run.answer(pass);
    run.wait(59 * SECOND);
    run.answer(pass);
    expect(run.open()).toEqual([]);
    run.wait(SECOND);
    expect(run.open()).toEqual(["h2"]);
  });

  it("waits for the answer to what was asked before its end, however well the answers before it were", () => {
    const run = Watched.of({ bakeMs: 6 * SECOND, gates: [{ ...latency, everyMs: SECOND, failures: 1 }] });
    run.answer(pass);
    for (const _ of [2, 3]) {
      run.wait(SECOND);
      run.answer(pass);
    }
    run.end("h1");
    run.answer(pass);
    run.wait(SECOND); // from here on the site says nothing
    run.wait(5 * SECOND);
    expect(run.open()).toEqual([]);
    run.answer(nothing);
    run.wait(SECOND);
    expect(run.open()).toEqual([]);
    run.answer(pass);
    expect(run.open()).toEqual(["h2"]);
  });

  it("takes no answer for one of the bake that was asked for before it", () => {
    const run = Watched.of();
    run.passBefore();
    run.wait(30 * SECOND); // asked while h1 runs
    run.wait(SECOND);
    run.end("h1");
    run.answer(pass);
    expect(run.open()).toEqual([]);
    run.wait(0);
    run.answer(pass);
    expect(run.open()).toEqual(["h2"]);
  });

  it("fails the job in the step at the second fail in a row, also with nothing known between", () => {
    const run = Watched.of({ hosts: 3, parallelism: [count(2), count(1)] });
    run.passBefore();
    for (const answer of [fail, pass, fail, nothing, fail]) {
      expect(run.outcome("h3")).toBeUndefined();
      run.wait(30 * SECOND);
      run.answer(answer);
    }
    expect(run.outcome("h3")).toBe("skipped");
    run.end("h1");
    run.end("h2");
    expect(run.job()).toMatchObject({
      verdict: "failed",
      reason: "gate latency failed: 512, more than 300 (2 in a row); 2 ok; 1 never started",
    });
  });

  it("has a fail of the step and one of its bake for two in a row", () => {
    const run = Watched.of();
    run.passBefore();
    run.wait(30 * SECOND);
    run.answer(fail);
    run.end("h1");
    run.answer(fail);
    expect(run.job()?.verdict).toBe("failed");
  });

  it("watches after the last step too", () => {
    const run = Watched.of({ hosts: 1, stepped: false });
    run.passBefore();
    run.end("h1");
    expect(run.job()).toBeUndefined();
    run.answer(fail);
    run.wait(30 * SECOND);
    run.answer(fail);
    expect(run.job()?.verdict).toBe("failed");
    expect(run.run()?.counts.ok).toBe(1);
  });

  it("holds when nobody could tell for ten minutes beside the bake", () => {
    const run = Watched.of({ bakeMs: 60 * SECOND });
    run.passBefore();
    run.end("h1");
    for (let second = 0; second < 660; second += 30) {
      expect(run.all("jobHeld")).toEqual([]);
      run.answer(nothing);
      run.wait(30 * SECOND);
    }
    run.answer(nothing);
    expect(run.all("jobHeld")).toHaveLength(1);
    expect(run.open()).toEqual([]);
    run.confirm();
    expect(run.open()).toEqual(["h2"]);
  });
});

describe("a job that holds", () => {
  const held = (fields: Partial<JobFields> = {}): Watched => {
    const run = Watched.of({
      hosts: 3,
      parallelism: [count(1)],
      stepped: false,
      onGateFail: "hold",
      ...fields,
    });
    run.passBefore();
    run.wait(30 * SECOND);
    run.answer(fail);
    run.wait(30 * SECOND);
    run.answer(fail);
    return run;
  };

  it("starts nothing, lets what runs end, and asks", () => {
    const run = held();
    expect(run.actions.findLast((action) => action.type === "askToConfirm")).toMatchObject({
      job: 0,
      text: 'job "job" holds: gate latency failed: 512, more than 300 (2 in a row). Go on?',
    });
    run.end("h1");
    expect(run.outcome("h1")).toBe("ok");
    expect(run.open()).toEqual([]);
    run.confirm();
    expect(run.open()).toEqual(["h2"]);
    expect(run.asked()).toBeDefined();
  });

  it("fails at a no, where a gate had failed", () => {
    const run = held();
    run.end("h1");
    run.confirm(false);
    expect(run.job()?.reason).toContain("512, more than 300 (2 in a row); not confirmed; 1 ok");
    expect(run.run()?.verdict).toBe("failed");
  });

  it("is stopped by a no, where nobody could tell", () => {
    const run = Watched.of();
    for (const answer of [pass, pass, nothing]) {
      run.answer(answer);
      run.wait(5 * SECOND);
    }
    run.confirm(false);
    expect(run.run()?.verdict).toBe("cancelled");
  });

  it("bakes after a yes, where its step has ended meanwhile", () => {
    const run = held({ stepped: true, parallelism: [count(1), count(2)] });
    run.end("h1");
    run.confirm();
    expect(run.open()).toEqual([]);
    expect(run.all("jobBaking")).toHaveLength(1);
    run.answer(pass);
    expect(run.open()).toEqual(["h2", "h3"]);
  });

  it("is left open when nobody is here, and nothing else is left to do", () => {
    const run = held();
    run.send({ type: "nobodyConfirms" });
    expect(run.mode).toBe("running");
    run.end("h1");
    expect(run.mode).toBe("interrupted");
    expect(run.actions.findLast((action) => action.type === "interrupt")).toMatchObject({
      reason: expect.stringContaining("nobody is here to confirm") as string,
    });
  });

  it("is left open though a host waits for a place where its way begins, which it gets by a yes", () => {
    const drain = stage("drain", { at: { hosts: [{ name: "lb1" }], atOnce: 1 } });
    const fields = { hosts: 2, parallelism: [count(2)] as const, stages: [drain, stage("install")] as const };
    const begun = (): Watched => {
      const run = held(fields);
      expect(run.open()).toEqual(["h1"]);
      run.end("h1");
      run.end("h1");
      expect([run.outcome("h1"), run.open()]).toEqual(["ok", []]);
      return run;
    };
    const left = begun();
    left.send({ type: "nobodyConfirms" });
    expect(left.mode).toBe("interrupted");
    const confirmed = begun();
    confirmed.confirm();
    expect(confirmed.open()).toEqual(["h2"]);
  });

  it.each([
    ["a stop", (run: Watched) => run.stop(), "cancelled"],
    ["its deadline", (run: Watched) => run.wait(600 * SECOND), "failed"],
  ])("is ended by %s at once", (_name, act, verdict) => {
    const run = held({ deadlineMs: 600 * SECOND });
    run.end("h1");
    act(run);
    expect(run.job()?.verdict).toBe(verdict);
    expect(run.run()?.verdict).toBe(verdict);
  });
});

describe("a bake", () => {
  it.each([
    ["a stop", (run: Watched) => run.stop(), "cancelled"],
    ["the job's deadline", (run: Watched) => run.wait(600 * SECOND), "failed"],
  ])("is ended by %s at once", (_name, act, verdict) => {
    const run = Watched.of({ bakeMs: 3600 * SECOND, deadlineMs: 600 * SECOND });
    run.passBefore();
    run.end("h1");
    act(run);
    expect(run.run()?.verdict).toBe(verdict);
    const asks = run.all("gateAsked").length;
    run.wait(3600 * SECOND);
    expect(run.all("gateAsked")).toHaveLength(asks);
  });

  it("begins anew where somebody goes on with the run", () => {
    const run = Watched.of({ bakeMs: 60 * SECOND });
    run.passBefore();
    run.end("h1");
    run.answer(pass);
    run.now += 3600 * SECOND;
    run.send({ type: "resumed", askedBefore: [] });
    expect(run.all("jobBaking")).toHaveLength(2);
    run.answer(pass);
    expect(run.open()).toEqual([]);
    run.wait(60 * SECOND);
    run.answer(pass);
    expect(run.open()).toEqual(["h2"]);
  });
});
