import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobPlan, RunPlan, SlotPlan, StagePlan } from "../../src/rollout/plan/plan.ts";
import { atNameOf, atPlaces } from "../../src/rollout/plan/stages.ts";
import type { RolloutState } from "../../src/rollout/state/state.ts";
import { lucks, plans } from "./arbitraries.ts";
import { play, type Turn } from "./fleet.ts";
import { options, RUNS } from "./observe.ts";
import { taskKey } from "./observer.ts";

const AT = [
  undefined,
  { hosts: [{ name: "z0" }], atOnce: 1 },
  { hosts: [{ name: "z1" }], atOnce: 2 },
  { label: "zone", hosts: [{ name: "z0" }, { name: "z1" }], atOnce: 1 },
] as const;

/** Any plan, some of whose stages run at other hosts. */
const elsewhere = fc
  .tuple(plans, fc.array(fc.nat(AT.length - 1), { minLength: 12, maxLength: 12 }))
  .map(([plan, choices]): RunPlan => {
    let next = 0;
    const stage = (one: StagePlan): StagePlan => {
      const at = AT[choices[next++ % choices.length] ?? 0];
      return at === undefined ? one : { ...one, at };
    };
    const job = (one: JobPlan): JobPlan => {
      const [first, ...more] = one.stages ?? [];
      return first === undefined ? one : { ...one, stages: [stage(first), ...more.map(stage)] };
    };
    const slot = (one: SlotPlan): SlotPlan => ({ ...one, jobs: one.jobs.map(job) });
    return { ...plan, slots: plan.slots.map(slot), finally: plan.finally.map(slot) };
  });

/** Follows who is at which host by what was asked for and what ended, whatever the machine thinks of it. */
class There {
  readonly #plan: RunPlan;
  readonly #at = new Map<string, Set<string>>();
  readonly ended = new Set<string>();

  constructor(plan: RunPlan) {
    this.#plan = plan;
  }

  take({ actions }: Turn): string | undefined {
    for (const action of actions) {
      const said = action.type === "announce" ? action.announcement : undefined;
      if (said?.type === "taskEnded") {
        for (const there of this.#at.values()) there.delete(taskKey(said.task));
        if (said.final && said.task.stage === undefined) this.ended.add(taskKey(said.task));
      }
      if (action.type !== "submit") continue;
      const { task } = action;
      const jobs = this.#plan[task.phase][task.slot]?.jobs ?? [];
      const job = jobs[task.job];
      const name = job === undefined ? undefined : atNameOf(job, task);
      if (name === undefined) continue;
      const there = this.#at.get(name) ?? new Set();
      this.#at.set(name, there.add(taskKey(task)));
      const places = atPlaces(jobs).get(name) ?? 0;
      if (there.size > places) return `${[...there].join(" and ")} at ${name}, which has ${places}`;
    }
    return undefined;
  }
}

/** Nobody waits for a place that is free. */
function waitsInVain(state: RolloutState): string | undefined {
  if (state.mode !== "running") return undefined;
  for (const job of state.jobs)
    for (const { mode, at, ref } of job.inFlight.values())
      if (mode === "queued" && at !== undefined && at.there.size < at.places)
        return `host ${ref.host} waits for ${at.name}, which is free`;
  return undefined;
}

describe("stages at other hosts, in every run", { timeout: 120_000 }, () => {
  it("are never more at one host than atOnce says, wait for nothing that is free, and keep no run from its end", () => {
    fc.assert(
      fc.property(elsewhere, lucks, options, (plan, luck, how) => {
        const there = new There(plan);
        const faults: (string | undefined)[] = [];
        // It throws where nobody has anything to do and the run has not ended.
        const { mode } = play(plan, luck, how, (turn, state) => {
          faults.push(there.take(turn), waitsInVain(state));
        });
        expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
        expect(["ended", "interrupted"]).toContain(mode);
      }),
      RUNS,
    );
  });
});
