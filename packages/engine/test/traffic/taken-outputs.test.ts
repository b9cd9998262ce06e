import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome, RunEvent } from "@roadrunner/core";
import { job, plan, slot } from "../../../../test/support/plans.ts";
import { chooseOutput, TakenOutputs, valueForOthers } from "../../src/traffic/taken-outputs.ts";

const LEADER = { from: "elect", name: "leader" };
const tell = job({ name: "tell", hosts: 2, envFrom: { LEADER } });
const flow = plan([slot(job({ name: "elect", hosts: 3 })), slot(tell)]);

const ended = (
  host: string,
  outputs: Record<string, string> | undefined,
  more: { readonly outcome?: Outcome; readonly final?: boolean; readonly job?: string } = {},
): RunEvent => ({
  ...({ type: "task.ended", time: "2026-11-28T00:00:00.000Z", run: "r", slot: 1, attempt: 1 } as const),
  ...({ job: "elect", host, final: true, outcome: "ok", ...more } as const),
  ...(outputs === undefined ? {} : { outputs }),
});

const heard = (...events: readonly RunEvent[]): TakenOutputs => {
  const outputs = new TakenOutputs(flow);
  outputs.hear(events);
  return outputs;
};

const choose = (values: ReadonlyMap<string, string>, host: string) =>
  chooseOutput(values, host, () => valueForOthers(values, "elect", "leader"));

describe("the value of an output on a host", () => {
  const hostName = fc.constantFrom("h1", "h2", "h3", "h4", "h5");
  const values = fc
    .array(fc.tuple(hostName, fc.constantFrom("a", "b", "", "a\tb")))
    .map((pairs) => new Map(pairs));

  it("is its own, else the only one there is, else none", () => {
    fc.assert(
      fc.property(values, hostName, (known, host) => {
        const chosen = choose(known, host);
        const different = new Set(known.values());
        if (known.has(host)) expect(chosen).toEqual({ ok: true, value: known.get(host) });
        else if (different.size === 1) expect(chosen).toEqual({ ok: true, value: [...different][0] });
        else expect(chosen.ok).toBe(false);
      }),
    );
  });

  it("does not hang on the order in which hosts end", () => {
    fc.assert(
      fc.property(values, hostName, (known, host) => {
        const there = choose(known, host);
        const back = choose(new Map([...known].toReversed()), host);
        expect(back.ok).toBe(there.ok);
        if (there.ok) expect(back).toEqual(there);
      }),
    );
  });
});

describe("what is known of the outputs of a run", () => {
  it("names the hosts where they differ, and never the values", () => {
    const outputs = heard(
      ended("h1", { leader: "x" }),
      ended("h2", { leader: "y" }),
      ended("h3", { leader: "y" }),
    );
    expect(outputs.variablesOf(tell, "h2")).toEqual({ ok: true, value: { LEADER: "y" } });
    expect(outputs.variablesOf(tell, "web1")).toEqual({
      ok: false,
      error:
        "LEADER has no value on web1: it has no output leader of job elect itself, and those of h1 and h[2-3] differ",
    });
  });

  it("says so where no host has it", () => {
    const outputs = heard(ended("h1", { other: "x" }), ended("h2", {}));
    expect(outputs.variablesOf(tell, "web1")).toEqual({
      ok: false,
      error: "LEADER has no value on web1: no host of job elect that ended ok has output leader",
    });
  });

  it("is of tasks that ended ok, and of no attempt before", () => {
    const leader = { leader: "x" };
    const failed = ended("h1", leader, { outcome: "failed" });
    const none = [failed, ended("h1", leader, { final: false }), ended("h1", leader, { job: "tell" })];
    expect(heard(...none).variablesOf(tell, "web1").ok).toBe(false);
    // Taken again by --retry, with another end.
    expect(heard(ended("h1", leader), failed).variablesOf(tell, "web1").ok).toBe(false);
    expect(heard(...none, ended("h1", leader)).variablesOf(tell, "web1").ok).toBe(true);
  });

  it("is told in few words for many hosts", () => {
    const events = Array.from({ length: 2000 }, (_, index) =>
      ended(`h${index * 7}`, { leader: `${index % 40}` }),
    );
    const answer = heard(...events).variablesOf(tell, "web1");
    expect(answer.ok ? "" : answer.error).toMatch(/and 37 more differ$/);
    expect(answer.ok ? "" : answer.error.length).toBeLessThan(900);
  });

  it("is nothing for a job that takes none", () => {
    expect(heard().variablesOf({}, "h1")).toEqual({ ok: true, value: {} });
  });
});
