import { describe, expect, it } from "vitest";
import { count, stage, type JobFields } from "../../../../../test/support/plans.ts";
import { fail, nothing, pass, SECOND, Watched } from "./watched.ts";

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

  it("tells who answered", () => {
    const yes = held();
    yes.confirm(undefined, "ann");
    expect(yes.all("jobConfirmed")).toMatchObject([{ goOn: true, by: "ann" }]);
    const no = held();
    no.end("h1");
    no.confirm(false, "ann");
    expect(no.all("jobConfirmed")).toMatchObject([{ goOn: false, by: "ann" }]);
    expect(no.job()?.reason).toContain("(2 in a row); not confirmed (ann said no); 1 ok");
  });

  it("is stopped by a no, where nobody could tell", () => {
    const run = Watched.of();
    for (const answer of [pass, pass, nothing]) {
      run.answer(answer);
      run.wait(5 * SECOND);
    }
    run.confirm(false, "ann");
    expect(run.run()?.verdict).toBe("cancelled");
    expect(run.all("runStopping")).toMatchObject([{ reason: "not confirmed (ann said no)" }]);
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
