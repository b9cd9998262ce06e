import type { GateAnswer } from "../../../src/rollout/machine-events.ts";
import type { GatePlan } from "../../../src/rollout/plan/gate-plan.ts";
import { count, planOf, type JobFields } from "../../../../../test/support/plans.ts";
import { Driver } from "../driver.ts";

export const SECOND = 1000;
export const latency: GatePlan = {
  name: "latency",
  everyMs: 30 * SECOND,
  failures: 2,
  timeoutMs: 10 * SECOND,
  prometheus: { url: "http://prom:9090", query: "latency", max: 300 },
};
export const page: GatePlan = { ...latency, name: "page", http: { url: "http://shop/", status: 200 } };
export const pass: GateAnswer = { kind: "pass", text: "212, at most 300", value: 212 };
export const fail: GateAnswer = { kind: "fail", text: "512, more than 300", value: 512 };
export const nothing: GateAnswer = { kind: "inconclusive", text: "no data" };

/** Two steps of one host each, watched by gates; answers are given by name. */
export class Watched extends Driver {
  static of(fields: Partial<JobFields> = {}): Watched {
    const plan = planOf({
      hosts: 2,
      parallelism: [count(1), count(1)],
      stepped: true,
      gates: [latency],
      ...fields,
    });
    const run = new Watched(plan);
    run.send({ type: "begin" });
    return run;
  }

  /** The ask that is out of this gate; undefined: none. */
  asked(gate = 0): number | undefined {
    const asks = this.actions.flatMap((action) =>
      action.type === "askGate" && action.gate.gate === gate ? [action.ask] : [],
    );
    const last = asks.at(-1);
    const isAnswered = this.all("gateAnswered").some((one) => one.gate.gate === gate && one.ask === last);
    return isAnswered ? undefined : last;
  }

  answer(answer: GateAnswer, gate = 0): void {
    const ask = this.asked(gate);
    if (ask === undefined) throw new Error(`gate ${gate} is not asked`);
    this.send({ type: "gateAnswered", gate: { phase: "slots", slot: 0, job: 0, gate }, ask, answer });
  }

  /** Answers what is asked before the first host. */
  passBefore(gates = 1): void {
    for (let round = 0; round < 3; round += 1) {
      for (let gate = 0; gate < gates; gate += 1) this.answer(pass, gate);
      if (round < 2) this.wait(5 * SECOND);
    }
  }

  confirm(goOn?: false, by?: string): void {
    this.send({
      ...{ type: "confirmed", phase: "slots", slot: 0, job: 0 },
      ...(goOn === false ? { goOn } : {}),
      ...(by === undefined ? {} : { by }),
    });
  }
}
