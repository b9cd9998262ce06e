import fc from "fast-check";
import { expect } from "vitest";
import type { RolloutAction } from "../../src/rollout/machine-events.ts";
import type { RunPlan } from "../../src/rollout/plan/plan.ts";
import { lucks, plans, type Luck } from "./arbitraries.ts";
import { play, type FleetOptions, type Turn } from "./fleet.ts";
import { RunWatch } from "./observer.ts";

export const RUNS = { numRuns: 250 };
/** How the machine is set up and what may happen to it. */
export const options: fc.Arbitrary<FleetOptions> = fc.record({
  seed: fc.nat(),
  lostTimeoutMs: fc.constantFrom(300_000, 0),
  blame: fc.boolean(),
  stops: fc.boolean(),
});

/** What is wrong, if anything is. */
type Fault = string | false | undefined;
export interface Checks {
  /** Before the watch has taken the action down. */
  action?(action: RolloutAction, watch: RunWatch, turn: Turn): Fault;
  turn?(turn: Turn, watch: RunWatch): Fault;
}

/** Plays one run under watch and collects what is wrong with it. */
export function observe(plan: RunPlan, luck: Luck, how: FleetOptions, checks: Checks = {}) {
  const watch = new RunWatch(plan);
  const faults: Fault[] = [];
  const played = play(plan, luck, how, (turn) => {
    watch.begin(turn);
    for (const action of turn.actions) {
      faults.push(checks.action?.(action, watch, turn));
      watch.take(action, turn);
    }
    faults.push(checks.turn?.(turn, watch));
  });
  return { watch, faults: faults.filter((fault) => typeof fault === "string"), ...played };
}

/** Of all runs that chance makes of any plan, the first that has a fault; each run gets fresh checks. */
export function faultIn(checks: () => Checks): string | undefined {
  const property = fc.property(plans, lucks, options, (plan, luck, how) => {
    expect(observe(plan, luck, how, checks()).faults).toEqual([]);
  });
  return fc.defaultReportMessage(fc.check(property, RUNS));
}
