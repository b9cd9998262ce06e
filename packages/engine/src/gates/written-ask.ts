import { randomBytes } from "node:crypto";
import {
  defined,
  gateAt,
  gateFunction,
  gateId,
  jobAt,
  slotNumber,
  taskId,
  uniqueOf,
  WIRE_VERSION,
  type CheckGate,
  type GatePlan,
  type GateQuestion,
  type GateRef,
  type RunPlan,
  type WrittenWorkload,
} from "@roadrunner/core";
import { keyOf } from "@roadrunner/core/signing";
import type { Wrapped, Wrapping } from "../protect/wrapping.ts";
import type { Stamp } from "../protect/tenure.ts";
import { nonce } from "../run-id.ts";

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
  const wrapped = wrapping.wrap(kind, { function: functionName, unique }, JSON.stringify(body));
  return { gate, functionName, unique, nonce: fresh, wrapped };
}

function questionOf(gate: GatePlan, of: Omit<GateQuestion["gate"], "name">): GateQuestion {
  const { name, timeoutMs, prometheus, http } = gate;
  return {
    v: WIRE_VERSION,
    gate: { name, ...of },
    timeoutMs,
    // What it is held against stays here.
    ...(prometheus === undefined ? {} : { prometheus: asked(prometheus, { query: prometheus.query }) }),
    ...(http === undefined ? {} : { http: asked(http, {}) }),
  };
}

function asked<More>({ url, token }: { url: string; token?: string }, more: More) {
  return { url, ...more, ...defined({ token }) };
}

/** An ordinary command, which leaves no record: an ask that is lost is asked anew. All of it keeps to the gate's time. */
function workloadOfCheck(
  { name, timeoutMs }: GatePlan,
  { host, user, env, work }: CheckGate,
  of: Omit<NonNullable<WrittenWorkload["task"]>, "gate">,
  secretParams: Readonly<Record<string, string>> | undefined,
): WrittenWorkload {
  const { address, port, transport } = host;
  return {
    ...work,
    v: WIRE_VERSION,
    host: host.name,
    ...defined({ address, port, transport, user: user ?? host.user, secretParams }),
    env: { ...host.env, ...env },
    delivery: "repeatable",
    onDisconnect: "attached",
    timeoutMs,
    startWithinMs: timeoutMs,
    connectTimeoutMs: Math.min(work.connectTimeoutMs, timeoutMs),
    lostTimeoutMs: 0,
    task: { ...of, gate: name },
  };
}
