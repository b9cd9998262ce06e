import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Announcement } from "../../src/rollout/machine-events.ts";
import type { JobPlan, RunPlan } from "../../src/rollout/plan/plan.ts";
import { OUTCOMES } from "../../src/work/outcome.ts";
import { lucks, type Luck } from "./arbitraries.ts";
import { options } from "./observe.ts";
import { jobKey, play, type FleetOptions, type Turn } from "./fleet.ts";
import { sitePlans } from "./site-plans.ts";
import { asks, showsStart, Telling, type Said } from "./site-telling.ts";

const RUNS = { numRuns: 150 };

function told(plan: RunPlan, luck: Luck, how: FleetOptions) {
  const telling = new Telling(plan);
  const played = play(plan, luck, how, ({ actions }) => {
    for (const action of actions) telling.take(action);
  });
  return { telling, ...played };
}

function forEachJob(check: (plan: JobPlan, said: readonly Said[], run: Run) => void): void {
  fc.assert(
    fc.property(sitePlans, lucks, options, (plan, luck, how) => {
      const run = { ...told(plan, luck, how), whole: plan };
      for (const [key, said] of run.telling.jobs) check(run.telling.plan(key), said, { ...run, key });
    }),
    RUNS,
  );
}
type Run = ReturnType<typeof told> & { readonly key: string; readonly whole: RunPlan };

function announced(turns: readonly Turn[]): readonly Announcement[] {
  return turns
    .flatMap(({ actions }) => actions)
    .flatMap((action) => (action.type === "announce" ? [action.announcement] : []));
}

function stopSeen(turns: readonly Turn[]): boolean {
  return turns.some(({ event }) => event.type === "stopRequested");
}

describe("of a job with gates", { timeout: 120_000 }, () => {
  it("no host starts before each gate was asked three times and passed last, or a person said go on", () => {
    forEachJob(({ gates }, said) => {
      const first = said.findIndex(({ type }) => type === "submit");
      const before = said.slice(0, Math.max(0, first));
      if (gates === undefined || first === -1 || before.some(({ type }) => type === "goOn")) return;
      for (const gate of gates.keys()) {
        const answers = before.filter((one) => "gate" in one && one.type !== "asked" && one.gate === gate);
        expect(answers.length).toBeGreaterThanOrEqual(3);
        expect(answers.at(-1)?.type).toBe("pass");
      }
    });
  });

  it("no step starts, and no job ends well, before each gate has passed by an ask made after the step before it", () => {
    forEachJob(({ gates, stepped, hosts }, said, { mode }) => {
      if (gates === undefined || mode !== "ended") return;
      const isEdge = (index: number): boolean => {
        const one = said[index];
        if (one?.type === "stepStarted") return said.slice(0, index).some(({ type }) => type === "stepEnded");
        return one?.type === "ended" && hosts.length > 0 && said.some(({ type }) => type === "submit");
      };
      for (const index of said.keys()) {
        if (!isEdge(index)) continue;
        const earlier = said.slice(0, index);
        const since = stepped
          ? earlier.findLastIndex(({ type }) => type === "stepEnded")
          : earlier.findLastIndex(({ type }) => type === "end");
        const after = earlier.slice(since + 1);
        if (after.some(({ type }) => type === "goOn")) continue;
        for (const gate of gates.keys()) {
          const asked = after.find((one) => one.type === "asked" && one.gate === gate);
          const passes = after.filter((one) => one.type === "pass" && one.gate === gate);
          const fresh = asked !== undefined && "ask" in asked ? asked.ask : Infinity;
          expect(passes.some((one) => "ask" in one && one.ask >= fresh)).toBe(true);
        }
      }
    });
  });

  it("nothing starts while it holds", () => {
    forEachJob((_plan, said) => {
      let holds = false;
      for (const { type } of said) {
        if (type === "held") holds = true;
        if (type === "goOn" || type === "no") holds = false;
        expect(holds && (type === "submit" || type === "asked")).toBe(false);
      }
    });
  });

  it("nothing is asked once it is decided, and never twice at once", () => {
    forEachJob((_plan, said) => {
      const out = new Set<number>();
      let isOver = false;
      for (const one of said) {
        if (one.type === "ended" || one.type === "failed" || one.type === "no") isOver = true;
        if (one.type === "asked") {
          expect(isOver).toBe(false);
          expect(out.has(one.gate)).toBe(false);
          out.add(one.gate);
        } else if ("gate" in one) out.delete(one.gate);
        if (one.type === "goOn") out.clear();
      }
    });
  });
});

describe("of a job that is undone", { timeout: 120_000 }, () => {
  /** What was said of the job that this one undoes. */
  const undoneBy = ({ undoes }: JobPlan, run: Run): { plan: JobPlan; said: readonly Said[] } => {
    const [phase, slot] = run.key.split("/");
    const [at = "", said] =
      [...run.telling.jobs].find(
        ([key]) => key.startsWith(`${phase}/${slot}/`) && run.telling.plan(key).name === undoes,
      ) ?? [];
    if (said === undefined) throw new Error(`${undoes} never started`);
    return { plan: run.telling.plan(at), said };
  };
  const begunIn = (job: JobPlan, said: readonly Said[], unknownToo: boolean): readonly number[] => {
    const begun = new Set<number>();
    const touched = new Set<number>();
    for (const one of said) {
      if (one.type === "begun" || one.type === "touched") begun.add(one.host);
      if (one.type === "touched") touched.add(one.host);
      if (one.type !== "end") continue;
      if (one.outcome === "skipped" || one.changed === false) touched.delete(one.host);
      else if (showsStart(one.outcome) && (one.changed === true || !asks(job))) {
        begun.add(one.host);
        touched.add(one.host);
      }
      if (one.unsure && !unknownToo) touched.delete(one.host);
    }
    return [...begun].filter((host) => touched.has(host));
  };
  const starts = (said: readonly Said[]): readonly number[] =>
    said.flatMap((one) => (one.type === "submit" ? [one.host] : []));

  it("its undo starts on hosts that had begun, each once, the latest first, all of them unless it is stopped", () => {
    forEachJob((plan, said, run) => {
      if (plan.undoes === undefined) return;
      const of = undoneBy(plan, run);
      const expected = begunIn(of.plan, of.said, plan.undoUnknown === true).toReversed();
      const started = starts(said);
      expect(started).toEqual(expected.slice(0, started.length));
      const places = said.every((one) => one.type !== "end" || one.outcome !== "unknown");
      if (run.mode === "ended" && !stopSeen(run.turns) && places) expect(started).toEqual(expected);
    });
  });

  it("a job that has failed, and begun on hosts, is undone unless the run was stopped", () => {
    forEachJob((plan, said, run) => {
      if (run.mode !== "ended" || stopSeen(run.turns)) return;
      const [phase = "", slot = ""] = run.key.split("/");
      const jobs = run.whole[phase as "slots" | "finally"][Number(slot)]?.jobs ?? [];
      const index = jobs.findIndex(({ undoes }) => undoes === plan.name);
      const undo = jobs[index];
      if (undo === undefined) return;
      const verdict = announced(run.turns).find((one) => one.type === "jobEnded" && jobKey(one) === run.key);
      const has = run.telling.jobs.has(`${phase}/${slot}/${index}`);
      const failed = verdict?.type === "jobEnded" && verdict.verdict === "failed";
      expect(has).toBe(failed && begunIn(plan, said, undo.undoUnknown === true).length > 0);
    });
  });

  it("nothing of the undo starts before the job has ended, nor more at once than the job had places", () => {
    forEachJob((plan, _said, run) => {
      if (plan.undoes === undefined) return;
      const inFlight = new Set<number>();
      let most = 0;
      let isEnded = false;
      for (const action of run.turns.flatMap(({ actions }) => actions)) {
        if (action.type === "submit" && jobKey(action.task) === run.key) {
          expect(isEnded).toBe(true);
          inFlight.add(action.task.host);
          most = Math.max(most, inFlight.size);
        }
        if (action.type !== "announce") continue;
        const one = action.announcement;
        if (one.type === "jobEnded" && run.telling.plan(jobKey(one)).name === plan.undoes) isEnded = true;
        if (
          one.type === "taskEnded" &&
          one.final &&
          one.task.stage === undefined &&
          jobKey(one.task) === run.key
        )
          inFlight.delete(one.task.host);
      }
      const started = announced(run.turns).find(
        (one) => one.type === "jobStarted" && jobKey(one) === run.key,
      );
      const of = announced(run.turns).find(
        (one) => one.type === "jobStarted" && run.telling.plan(jobKey(one)).name === plan.undoes,
      );
      const window = started?.type === "jobStarted" ? started.window : 0;
      expect(window).toBeLessThanOrEqual(of?.type === "jobStarted" ? of.window : 0);
      expect(most).toBeLessThanOrEqual(window);
    });
  });

  it("the verdict and the numbers of the run are those without its undo", () => {
    fc.assert(
      fc.property(sitePlans, lucks, options, (plan, luck, how) => {
        const { telling, turns, mode } = told(plan, luck, how);
        fc.pre(mode === "ended");
        const ended = announced(turns);
        const run = ended.find(({ type }) => type === "runEnded");
        const counts = run?.type === "runEnded" ? run.counts : undefined;
        const ends = [...telling.jobs]
          .filter(([key]) => telling.plan(key).undoes === undefined)
          .flatMap(([, said]) => said.filter(({ type }) => type === "end"));
        const all = OUTCOMES.reduce((sum, outcome) => sum + (counts?.[outcome] ?? 0), 0);
        expect(all).toBe(ends.length);
        const failed = ended.some(
          (one) =>
            one.type === "jobEnded" &&
            one.verdict === "failed" &&
            telling.plan(jobKey(one)).undoes === undefined,
        );
        expect(run?.type === "runEnded" && run.verdict === "failed").toBe(failed);
      }),
      RUNS,
    );
  });
});
