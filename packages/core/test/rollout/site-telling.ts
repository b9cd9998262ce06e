import type { RolloutAction, TaskRef } from "../../src/rollout/machine-events.ts";
import type { JobPlan, RunPlan } from "../../src/rollout/plan/plan.ts";
import { jobKey } from "./fleet.ts";

/** What was said of one job, in order. */
export type Said =
  | { readonly type: "started" }
  | { readonly type: "asked" | "pass" | "fail" | "inconclusive"; readonly gate: number; readonly ask: number }
  | { readonly type: "submit" | "begun" | "touched"; readonly host: number }
  | {
      readonly type: "end";
      readonly host: number;
      readonly outcome: string;
      readonly unsure: boolean;
      readonly changed: boolean | undefined;
    }
  | { readonly type: "held" | "goOn" | "no" | "failed" | "ended" | "stepEnded" | "stepStarted" };

export function asks({ stages }: JobPlan): boolean {
  return stages?.[0].asks === true;
}

export function showsStart(outcome: string): boolean {
  return !["unreachable", "refused", "skipped"].includes(outcome);
}

/** The words on each job of a run, by its place in the plan. */
export class Telling {
  readonly jobs = new Map<string, Said[]>();
  readonly #plan: RunPlan;

  constructor(plan: RunPlan) {
    this.#plan = plan;
  }

  plan(key: string): JobPlan {
    const [phase, slot, job] = key.split("/");
    const plan = this.#plan[phase as "slots" | "finally"][Number(slot)]?.jobs[Number(job)];
    if (plan === undefined) throw new Error(key);
    return plan;
  }

  take(action: RolloutAction): void {
    if (action.type === "submit") {
      const { host } = action.task;
      const said = this.of(action.task);
      if (!said.some((one) => one.type === "submit" && one.host === host))
        said.push({ type: "submit", host });
    }
    if (action.type !== "announce") return;
    const one = action.announcement;
    switch (one.type) {
      case "jobStarted":
        this.of(one).push({ type: "started" });
        return;
      case "gateAsked":
        this.of(one.gate).push({ type: "asked", gate: one.gate.gate, ask: one.ask });
        return;
      case "gateAnswered":
        this.of(one.gate).push({ type: one.answer.kind, gate: one.gate.gate, ask: one.ask });
        return;
      case "jobHeld":
        this.of(one).push({ type: "held" });
        return;
      case "jobConfirmed":
        this.of(one).push({ type: one.goOn ? "goOn" : "no" });
        return;
      case "stepStarted":
      case "stepEnded":
        this.of(one).push({ type: one.type });
        return;
      case "jobEnded":
        this.of(one).push({ type: one.verdict === "succeeded" ? "ended" : "failed" });
        return;
      case "taskStarted": {
        const { host } = one.task;
        if (this.#isOfWay(one.task)) this.of(one.task).push({ type: "begun", host });
        return;
      }
      case "taskEnded": {
        const { task, end, final } = one;
        const isStart = this.#isOfWay(task) && showsStart(end.outcome) && end.blame !== "worker";
        if ((task.stage !== undefined || !final) && isStart)
          this.of(task).push({ type: "touched", host: task.host });
        if (!final || task.stage !== undefined) return;
        const unsure = end.outcome === "unknown" || end.mayBeRunning === true;
        const { outcome, changed } = end;
        this.of(task).push({ type: "end", host: task.host, outcome, unsure, changed });
        return;
      }
      default:
    }
  }

  /** It is no question before the way, nor what runs always. */
  #isOfWay({ stage = 0, ...task }: TaskRef): boolean {
    const plan = this.plan(jobKey(task));
    const first = asks(plan) ? 1 : 0;
    return stage === first || (stage > first && plan.stages?.[stage]?.always !== true);
  }

  of(at: Pick<TaskRef, "phase" | "slot" | "job">): Said[] {
    const key = jobKey(at);
    const said = this.jobs.get(key) ?? [];
    this.jobs.set(key, said);
    return said;
  }
}
