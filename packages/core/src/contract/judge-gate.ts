import type { GateReading } from "./gate-messages.ts";
import type { GateAnswer } from "../rollout/machine-events.ts";
import type { GatePlan, PrometheusGate } from "../rollout/plan/gate-plan.ts";

/** What a reading means to the gate. A reading of another kind than the gate asks for says nothing. */
export function judgeGate(gate: GatePlan, reading: GateReading): Omit<GateAnswer, "worker"> {
  switch (reading.kind) {
    case "none":
      return { kind: "inconclusive", text: reading.reason };
    case "value":
      if (gate.prometheus !== undefined) return judgeValue(gate.prometheus, reading.value);
      break;
    case "status":
      if (gate.http !== undefined) return judgeStatus(gate.http.status, reading.status);
      break;
    case "exit":
      if (gate.check !== undefined) return { kind: reading.ok ? "pass" : "fail", text: reading.reason };
      break;
  }
  return { kind: "inconclusive", text: `the answer is of another kind of gate (${reading.kind})` };
}

function judgeValue({ max, min }: PrometheusGate, value: number): Omit<GateAnswer, "worker"> {
  if (!Number.isFinite(value)) return { kind: "inconclusive", text: `${value} is no number to judge by` };
  if (max !== undefined && value > max) return { kind: "fail", text: `${value}, more than ${max}`, value };
  if (min !== undefined && value < min) return { kind: "fail", text: `${value}, less than ${min}`, value };
  const bounds = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ];
  return { kind: "pass", text: `${value}, ${bounds.join(" and ")}`, value };
}

function judgeStatus(wanted: number, status: number): Omit<GateAnswer, "worker"> {
  if (status === wanted) return { kind: "pass", text: `status ${status}` };
  return { kind: "fail", text: `status ${status}, not ${wanted}` };
}
