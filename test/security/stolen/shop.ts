import type { GateRef, RunPlan, TaskRef } from "@roadrunner/core";
import { planOf } from "../../coordinator/kit.ts";
import { ownFolder } from "../../support/sshd.ts";

/** What each command leaves on its host: a line in the file `ran`. */
const left = (what: string): string => `${ownFolder}; echo "${what}" >> $d/ran`;

/** A plan that has everything: outputs, gates, retries, undo, stages, finally. Only its job `breaks` fails. */
export function shopPlan(page: string): RunPlan {
  return planOf({
    name: "shop",
    slots: [
      {
        jobs: [{ name: "elect", hosts: "h1", command: `${left("elect")}; echo leader=h1 >> "$RR_OUT"` }],
      },
      {
        jobs: [
          {
            name: "ship",
            hosts: "h[1-2]",
            command: `${left("ship $MODE $LEADER")}; test "$RR_HOST $RR_ATTEMPT" != "h2 1"`,
            env: { MODE: "soft", LEADER: { from: "elect", name: "leader" } },
            retries: 1,
            retryOn: ["failed"],
            retryDelay: "0s",
            gates: [
              { name: "page", http: `${page}health` },
              { name: "orders", check: left("orders"), at: "h3" },
            ],
          },
        ],
      },
      {
        jobs: [
          {
            name: "way",
            hosts: "h1",
            stages: [
              { name: "drain", at: "h3", command: left("drain $RR_TARGET") },
              { name: "install", command: left("install") },
            ],
          },
        ],
      },
      {
        jobs: [
          {
            name: "breaks",
            hosts: "h2",
            command: `${left("breaks")}; exit 1`,
            undo: { command: left("undo"), delivery: "once" },
          },
        ],
      },
    ],
    finally: [{ jobs: [{ name: "tidy", hosts: "h1", command: left("tidy"), delivery: "repeatable" }] }],
  });
}

/** A task of the plan, by names. */
export function taskOf(plan: RunPlan, name: string, { stage, attempt = 1 }: Partial<TaskRef> = {}): TaskRef {
  return { ...jobOf(plan, name), host: 0, attempt, ...(stage === undefined ? {} : { stage }) };
}

export function gateOf(plan: RunPlan, job: string, gate: number): GateRef {
  return { ...jobOf(plan, job), gate };
}

function jobOf(plan: RunPlan, name: string): Pick<TaskRef, "phase" | "slot" | "job"> {
  for (const phase of ["slots", "finally"] as const)
    for (const [slot, { jobs }] of plan[phase].entries()) {
      const job = jobs.findIndex((one) => one.name === name);
      if (job >= 0) return { phase, slot, job };
    }
  throw new Error(`the plan has no job ${name}`);
}
