import type { GateRef, TaskRef } from "@roadrunner/core";
import type { PlanBody, Planned } from "@roadrunner/core/signing";
import type { CarriedFor } from "../protect/carried-for.ts";
import type { CarriedPlan } from "./carried-plan.ts";

const LOOK_EVERY_MS = 1000;
/** It is told when this part of the time is left. */
const TELL_PARTS = 6;

/** The operators' words on the plan of a run, as whoever carries it has them: the one that counts, and those before it. */
export class CarriedPlans implements CarriedFor {
  #plans: readonly [CarriedPlan, ...CarriedPlan[]];

  /** @param plans newest first, at most one of each operator */
  constructor(plans: readonly [CarriedPlan, ...CarriedPlan[]]) {
    this.#plans = plans;
  }

  /** From now on these count: it was signed anew. */
  replaceWith(plans: readonly [CarriedPlan, ...CarriedPlan[]]): void {
    this.#plans = plans;
  }

  get all(): readonly CarriedPlan[] {
    return this.#plans;
  }

  /** Until when tasks start, milliseconds since the epoch. */
  get notAfterMs(): number {
    return this.#plans[0].notAfterMs;
  }

  get signedBy(): string {
    return this.#plans[0].signedBy;
  }

  get operators(): readonly string[] {
    return this.#plans.map(({ operator }) => operator);
  }

  planned(subject?: TaskRef | GateRef, operator?: string): Planned {
    const plan = this.#of(operator);
    return subject === undefined
      ? { plan: plan.signed }
      : { plan: plan.signed, proof: plan.proofOf(subject) };
  }

  isOver(operator: string | undefined): boolean {
    return Date.now() >= this.#of(operator).notAfterMs;
  }

  watch(onWarning: (text: string) => void): () => void {
    let told = "";
    const look = (): void => {
      const text = warningOf(this.#plans[0].body, Date.now());
      if (text !== undefined && text !== told) onWarning(text);
      told = text ?? "";
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  #of(operator: string | undefined): CarriedPlan {
    return this.#plans.find((plan) => plan.operator === operator) ?? this.#plans[0];
  }
}

/** What its operator is told of the time that is left; undefined: there is enough. */
function warningOf({ run, issuedMs, notAfterMs }: PlanBody, nowMs: number): string | undefined {
  const until = new Date(notAfterMs).toISOString();
  const cure = `sign it anew: rr-submit sign ${run}`;
  if (nowMs >= notAfterMs) return `the run holds: its operator signed its plan until ${until}; ${cure}`;
  const left = notAfterMs - nowMs;
  return left <= (notAfterMs - issuedMs) / TELL_PARTS && left >= LOOK_EVERY_MS
    ? `from ${until} on nothing more of the run starts: until then its operator signed its plan; ${cure}`
    : undefined;
}
