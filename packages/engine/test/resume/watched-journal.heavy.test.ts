import fc from "fast-check";
import { expect, it } from "vitest";
import type { GatePlan, JobPlan, Outcome, RunEvent, RunPlan, TaskRef } from "@roadrunner/core";
import { count, share, slot, stage, WORK } from "../../../../test/support/plans.ts";
import { eventsThatCount } from "../../src/resume/events-that-count.ts";
import { hostsToRetry } from "../../src/resume/counting-past.ts";
import { replay } from "../../src/resume/replay.ts";
import { finals, job, Leg } from "./legs.ts";

const gate = (name: string, failures: number): GatePlan => ({
  name,
  everyMs: 0,
  failures,
  timeoutMs: 10_000,
  http: { url: "http://shop/", status: 200 },
});

/** What undoes a job, behind it. */
function undone(of: JobPlan, fields: Partial<JobPlan>): JobPlan[] {
  const { stages: _stages, work: _work, gates: _gates, bakeMs: _bake, onGateFail: _fail, ...rest } = of;
  const back = {
    ...rest,
    name: `${of.name}.undo`,
    undoes: of.name,
    success: count(0),
    tolerate: {},
    onlyIfOk: [],
  };
  return [of, { ...back, stepped: false, parallelism: [of.parallelism[0]], ...fields }];
}

const work = WORK;
const steps = { stepped: true, parallelism: [count(1), count(2)] } as const;

/** Steps that are watched, one job that holds, and ways; all but one are undone. */
const plan: RunPlan = {
  name: "f",
  slots: [
    slot(
      ...undone(job("a", 4, { ...steps, gates: [gate("one", 2), gate("two", 1)], work }), { work }),
      job("b", 3, { gates: [gate("one", 2)], onGateFail: "hold" }),
    ),
    slot(
      ...undone(
        job("c", 4, {
          ...steps,
          success: share(75),
          gates: [gate("one", 2)],
          stages: [
            stage("drain"),
            stage("install", { retries: 1, retryDelayMs: 0 }),
            stage("undrain", { always: true }),
          ],
        }),
        { stages: [stage("back"), stage("check")] },
      ),
    ),
  ],
  finally: [slot(...undone(job("z", 2, { work }), { work }))],
};

type Break = { readonly after: number; readonly how: "stop" | "kill" | "leave" | "interrupt" };

const isUndo = (name: string): boolean => name.endsWith(".undo");

/** The runs of hosts that were taken back, or were to be, say of nothing else than that. */
function holdToItsEnd(journal: readonly RunEvent[]): void {
  const seen = eventsThatCount(journal);
  const end = seen.at(-1);
  if (end?.type !== "run.ended") throw new Error("the journal has no end");
  expect(finals(seen, plan)).toEqual(end.counts);
  if (journal.slice(journal.findLastIndex(({ type }) => type === "run.resumed") + 1).some(isStop)) return;
  expect(replay(plan, journal, { seed: 7 })).toMatchObject({ open: [], ended: { verdict: end.verdict } });
}

const isStop = ({ type }: RunEvent): boolean => type === "run.stopping";

/** Over all resumes: what a step begins on has passed since it could, and nothing is undone that had not begun. */
function holdOrder(journal: readonly RunEvent[]): void {
  journal.forEach((event, index) => {
    const before = journal.slice(0, index);
    if (event.type !== "task.asked") return;
    const gates = plan.slots[event.slot - 1]?.jobs.find(({ name }) => name === event.job)?.gates ?? [];
    const of = (one: RunEvent): boolean => "job" in one && one.job === event.job && one.slot === event.slot;
    const step = before.findLastIndex((one) => one.type === "step.started" && of(one));
    const isFirst = step !== -1 && !before.slice(step).some((one) => one.type === "task.asked" && of(one));
    if (isFirst && event.attempt === 1) {
      const since = before
        .slice(0, step)
        .findLastIndex(
          (one) =>
            one.type === "run.resumed" ||
            (of(one) && (one.type === "step.ended" || one.type === "job.started")),
        );
      const after = before.slice(since + 1).filter(of);
      for (const { name } of gates) {
        const asked = after.flatMap((one) =>
          one.type === "gate.asked" && one.gate === name ? [one.ask] : [],
        );
        const passed = after.some(
          (one) =>
            one.type === "gate.answered" &&
            one.gate === name &&
            one.answer === "pass" &&
            asked.includes(one.ask),
        );
        const confirmed = after.some(({ type }) => type === "job.confirmed");
        expect(passed || confirmed, `${event.job} ${event.host}: ${name}`).toBe(true);
      }
    }
    if (isUndo(event.job)) {
      const begun = before.some(
        (one) =>
          (one.type === "task.started" || (one.type === "task.ended" && one.outcome !== "skipped")) &&
          `${one.job}.undo` === event.job &&
          one.host === event.host,
      );
      expect(begun, `${event.job} ${event.host}`).toBe(true);
    }
  });
}

/** An attempt of a host ends once for good, unless a stop has withdrawn it. */
function holdOnce(journal: readonly RunEvent[]): void {
  const ended = new Set<string>();
  for (const event of journal) {
    if (event.type !== "task.ended" || !event.final || event.outcome === "skipped") continue;
    if (event.stage === undefined && event.decidedBy !== undefined) continue;
    const key = [event.slot, event.job, event.host, event.stage ?? "", event.attempt].join("/");
    if (event.stage === undefined && ["c", "c.undo"].includes(event.job)) continue;
    expect(ended.has(key), key).toBe(false);
    ended.add(key);
  }
}

it("a run that is watched and undone says of each task what counts, whatever was stopped, left and taken again", () => {
  const breaks = fc.array(
    fc.record<Break>({
      after: fc.nat(40),
      how: fc.constantFrom("stop", "kill", "leave", "interrupt"),
    }),
    { maxLength: 4 },
  );
  const drawn = fc.array(fc.nat(99), { maxLength: 250, size: "max" });
  fc.assert(
    fc.property(breaks, drawn, fc.constantFrom(5, 20), (cuts, draws, trouble) => {
      let next = 0;
      // In the end all goes well: gates that fail by turns would be asked for ever.
      const draw = (): number => draws[next++] ?? 97;
      const bad = (): boolean => draw() < trouble;
      const outcome = (_task: TaskRef): Outcome => {
        if (!bad()) return "ok";
        return (["failed", "unreachable", "unknown"] as const)[draw() % 3] ?? "failed";
      };
      let leg = new Leg(plan);
      const answer = (): boolean => {
        if (leg.asks.size === 0) return false;
        const kind = bad() ? "fail" : draw() % 9 === 0 ? "inconclusive" : "pass";
        leg.answer({ kind, text: kind });
        return true;
      };
      const confirm = (): boolean => {
        const asked = leg.questions.shift();
        if (asked === undefined) return false;
        leg.loop.confirm({ ...asked, ...(draw() % 4 > 0 ? {} : { goOn: false as const }) });
        return true;
      };
      const step = (): boolean => {
        const [task] = leg.open;
        if ((task === undefined || draw() % 2 === 0) && answer()) return true;
        if (task === undefined) return confirm();
        leg.start(task);
        leg.end(task, outcome(task));
        return true;
      };
      const finish = (): void => {
        for (let left = 3000; left > 0 && !leg.over && step(); left -= 1);
      };
      for (const { after, how } of cuts) {
        for (let left = after; left > 0 && !leg.over && step(); left -= 1);
        if (!leg.over) {
          const [runs] = leg.open;
          if (runs !== undefined) leg.start(runs);
          if (how === "stop" || how === "kill") leg.loop.stop("drain", "SIGINT");
          if (how === "kill") leg.loop.stop("kill", "SIGINT");
          if (how === "leave") leg.loop.abandon("killed");
          if (how === "interrupt") leg.loop.interrupt("no worker");
          if (how === "stop") finish();
          if (how === "kill") leg.finish(() => "cancelled");
        }
        holdOrder(leg.journal);
        holdOnce(leg.journal);
        if (leg.verdict !== undefined) holdToItsEnd(leg.journal);
        const retry = leg.verdict === "failed" ? (["failed", "unreachable"] as const) : undefined;
        if (leg.verdict === "succeeded") break;
        if (retry !== undefined && hostsToRetry(leg.journal, retry).length === 0) break;
        leg = new Leg(plan, leg.journal, retry);
      }
      finish();
      expect(leg.over).toBe(true);
      holdOrder(leg.journal);
      holdOnce(leg.journal);
      holdToItsEnd(leg.journal);
    }),
    { numRuns: 80 },
  );
});
