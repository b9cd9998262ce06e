import { randomBytes } from "node:crypto";
import {
  gateAt,
  gateFunction,
  gateId,
  jobAt,
  slotNumber,
  taskId,
  uniqueOf,
  type GatePlan,
  type GateRef,
  type RunPlan,
} from "@roadrunner/core";
import { keyOf } from "@roadrunner/core/signing";
import type { Wrapped, Wrapping } from "../protect/wrapping.ts";
import type { Stamp } from "../protect/tenure.ts";
import { nonce } from "../run-id.ts";
import { questionOf, workloadOfCheck } from "./asked-of.ts";

export interface AskingRun {
  readonly plan: RunPlan;
  readonly run: string;
  /** This process's id. */
  readonly client: string;
  /** Values of the flow's secret parameters, for the commands of checks. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly wrapping: Wrapping;
  /** Of a run that others may take over. */
  readonly tenure?: { stamp(): Stamp };
}

/** One submission of an ask, signed and sealed as the run's tasks are; nothing of it is sent yet. */
export interface WrittenAsk {
  readonly gate: GatePlan;
  readonly functionName: string;
  readonly unique: string;
  readonly nonce: string;
  readonly wrapped: Wrapped;
}

export function writtenAsk(asking: AskingRun, ref: GateRef, ask: number): WrittenAsk {
  const { plan, run, wrapping } = asking;
  const gate = gateAt(plan, ref);
  const functionName = gateFunction(gate.pool);
  const fresh = nonce(8, randomBytes);
  const of = { run, slot: slotNumber(plan, ref), job: jobAt(plan, ref).name };
  const { check } = gate;
  const id =
    check === undefined
      ? gateId({ ...of, name: gate.name, ask })
      : taskId({ ...of, host: check.host.name, gate: gate.name, attempt: ask });
  const unique = uniqueOf(keyOf(id), fresh);
  const from = { ...of, client: asking.client, submission: fresh, ...asking.tenure?.stamp() };
  const body =
    check === undefined
      ? questionOf(gate, { ...from, ask })
      : workloadOfCheck(gate, check, { ...from, attempt: ask }, asking.secrets);
  const kind = check === undefined ? "gate" : "task";
  const wrapped = wrapping.wrap(kind, { function: functionName, unique }, JSON.stringify(body), ref);
  return { gate, functionName, unique, nonce: fresh, wrapped };
}
