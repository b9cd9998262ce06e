import type { RunEvent } from "@roadrunner/core";
import type { RunRow } from "@roadrunner/engine/api";

const time = "2026-11-24T09:16:12.000Z";

export const RUN = "20261124-091612-k3x7p2qa";

let made = 0;

/** An id of a run that comes after all that were made before. */
export function nextRun(): string {
  made += 1;
  const letters = made
    .toString(26)
    .padStart(8, "0")
    .replaceAll(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "");
  return `20261124-${String(made).padStart(6, "0")}-${letters.replaceAll(/[^a-z]/g, "a")}`;
}

export function warning(text: string, run = RUN): RunEvent {
  return { type: "warning", time, run, text };
}

export function taskEnded(stdout: string, run = RUN, host = "web1"): RunEvent {
  return {
    type: "task.ended",
    time,
    run,
    slot: 1,
    job: "deploy",
    host,
    attempt: 1,
    final: true,
    outcome: "ok",
    stdout,
    stderr: "",
  };
}

export function taskOutput(data: string, run = RUN): RunEvent {
  return {
    type: "task.output",
    time,
    run,
    slot: 1,
    job: "deploy",
    host: "web1",
    attempt: 1,
    stream: "stdout",
    data,
  };
}

export function ended(run = RUN): RunEvent {
  return { type: "run.ended", time, run, verdict: "failed", counts: {} as never };
}

export function resumed(run = RUN): RunEvent {
  return { type: "run.resumed", time, run, version: "1", who: "ada", where: "box" };
}

export function rowOf(run: string, state: RunRow["state"] = "running"): RunRow {
  return { run, name: "rollout", state, started: time, counts: {} };
}
