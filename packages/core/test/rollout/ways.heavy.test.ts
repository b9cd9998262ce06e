import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../src/work/outcome.ts";
import type { TaskEnd, TaskRef } from "../../src/rollout/machine-events.ts";
import type { StagePlan } from "../../src/rollout/plan/plan.ts";
import { lucks, plans } from "./arbitraries.ts";
import { faultIn, observe, options, RUNS } from "./observe.ts";
import type { JobWatch, RunWatch } from "./observer.ts";

/** What was seen of one host's way. */
interface Way {
  readonly job: JobWatch;
  readonly stages: readonly StagePlan[];
  readonly submitted: Set<number>;
  readonly ends: Map<number, TaskEnd>;
  end: TaskEnd | undefined;
  decidedBy: number | undefined;
}

/** Follows the ways of a run by its actions, whatever the machine thinks of them. */
class Ways {
  readonly all = new Map<string, Way>();

  of(task: TaskRef, watch: RunWatch): Way | undefined {
    const job = watch.jobOf(task);
    if (job?.plan.stages === undefined) return undefined;
    const key = `${task.phase}/${task.slot}/${task.job}/${task.host}`;
    const known = this.all.get(key);
    if (known !== undefined) return known;
    const { stages } = job.plan;
    const way = { job, stages, submitted: new Set<number>(), ends: new Map<number, TaskEnd>() };
    const made: Way = { ...way, end: undefined, decidedBy: undefined };
    this.all.set(key, made);
    return made;
  }
}

/** Faults of each submission and each end, as they come. */
function watchWays(ways: Ways): Parameters<typeof observe>[3] {
  return {
    action: (action, watch) => {
      if (action.type === "submit") {
        const { stage } = action.task;
        const way = ways.of(action.task, watch);
        if (way === undefined) return stage !== undefined && "a stage of a job without stages";
        if (stage === undefined) return "a whole way was submitted";
        const open = [...way.submitted].find((other) => !way.ends.has(other));
        if (open !== undefined && open !== stage) return `stage ${stage} beside stage ${open}`;
        if (way.ends.has(stage)) return `stage ${stage} after its end`;
        if (way.end !== undefined) return `stage ${stage} after the host's end`;
        if ([...way.ends.values()].some(({ mayBeRunning }) => mayBeRunning))
          return "beside what may still run";
        const before = [...way.stages.keys()].filter((other) => other < stage);
        const wrong = before.some((other) => way.ends.get(other)?.outcome !== "ok");
        way.submitted.add(stage);
        if (way.ends.get(0)?.changed === false && way.stages[0]?.asks === true) return "it was not needed";
        const always = way.stages[stage]?.always ?? false;
        return wrong && !always && `stage ${stage} though one before it is not ok`;
      }
      if (action.type !== "announce" || action.announcement.type !== "taskEnded") return undefined;
      const { task, final, end, decidedBy } = action.announcement;
      const way = ways.of(task, watch);
      if (way === undefined || !final) return undefined;
      if (task.stage !== undefined) {
        const twice = way.ends.has(task.stage);
        way.ends.set(task.stage, end);
        return twice && `stage ${task.stage} ended twice`;
      }
      Object.assign(way, { end, decidedBy });
      return undefined;
    },
  };
}

const NOT_SET_OUT: Outcome = "skipped";

/** A way that is over, against the rules that say how it ends. */
function faultOf({ job, stages, submitted, ends, end, decidedBy }: Way): string | undefined {
  if (end === undefined) return "no end";
  const asked = stages[0]?.asks === true ? ends.get(0) : undefined;
  if (asked?.changed === false)
    return end.outcome === "ok" && end.changed === false ? undefined : `${end.outcome}, and not needed`;
  if (asked !== undefined && submitted.size === 1) {
    const isIts = asked.outcome === "ok" ? end.outcome === NOT_SET_OUT : end.outcome === asked.outcome;
    return isIts ? undefined : `${end.outcome} after the question, which was ${asked.outcome}`;
  }
  if (asked !== undefined && end.outcome !== NOT_SET_OUT && end.changed !== true)
    return `${end.outcome}, and not told that it set out`;
  if (submitted.size === 0) return end.outcome === NOT_SET_OUT ? undefined : `${end.outcome} without a stage`;
  if ([...submitted].some((stage) => !ends.has(stage))) return "ended while a stage was open";
  const first = [...ends].toSorted(([a], [b]) => a - b).find(([, { outcome }]) => outcome !== "ok");
  if (first === undefined) {
    const left = [...stages.keys()].filter((stage) => !ends.has(stage));
    if (left.length === 0) return end.outcome === "ok" ? undefined : `${end.outcome}, and all stages ok`;
    return job.killed && end.outcome === "cancelled" ? undefined : `stages ${left.join()} were left out`;
  }
  const [stage, its] = first;
  const setsOut = stages[0]?.asks === true ? 1 : 0;
  if (stage <= setsOut && its.outcome === NOT_SET_OUT) {
    const more = ends.size > stage + 1 ? "stages followed what never set out" : undefined;
    return end.outcome === NOT_SET_OUT ? more : `${end.outcome}, and it never set out`;
  }
  const told = its.outcome === "skipped" ? "cancelled" : its.outcome;
  // A kill may have cut it at an earlier stage, which then has no end.
  const cut = job.killed && decidedBy !== undefined && decidedBy < stage && !ends.has(decidedBy);
  if (!cut && (end.outcome !== told || decidedBy !== stage))
    return `${end.outcome} by ${decidedBy}, not ${told}`;
  const unsure = [...ends.values()].some(({ mayBeRunning }) => mayBeRunning);
  const leftOut = stages.findIndex(({ always }, index) => always && index > stage && !ends.has(index));
  return leftOut >= 0 && !unsure ? `stage ${leftOut} runs always, and did not` : undefined;
}

describe("a host's way, in every run", { timeout: 120_000 }, () => {
  it("is one stage after the other, each at most once, none after one that is not ok but those that run always", () => {
    expect(faultIn(() => watchWays(new Ways()) ?? {})).toBeUndefined();
  });

  it("ends as its first stage that is not ok, after all that run always, and is left half-way by a kill alone", () => {
    fc.assert(
      fc.property(plans, lucks, options, (plan, luck, how) => {
        const ways = new Ways();
        const { mode } = observe(plan, luck, how, watchWays(ways));
        fc.pre(mode === "ended");
        const faults = [...ways.all].flatMap(([key, way]) => {
          const fault = faultOf(way);
          return fault === undefined ? [] : [`${key}: ${fault}`];
        });
        expect(faults).toEqual([]);
      }),
      RUNS,
    );
  });
});
