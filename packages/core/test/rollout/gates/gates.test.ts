import { describe, expect, it } from "vitest";
import { count } from "../../../../../test/support/plans.ts";
import { fail, latency, nothing, page, pass, SECOND, Watched } from "./watched.ts";

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
