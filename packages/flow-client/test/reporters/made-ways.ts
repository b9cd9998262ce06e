import type { Outcome, RunEvent } from "@roadrunner/core";
import { isFailure, OUTCOMES } from "@roadrunner/core";
import * as plans from "../../../../test/support/plans.ts";
import { MADE_RUN, START_MS, type MadeEnd } from "./made-run.ts";

export interface MadeWay {
  readonly stages: readonly string[];
  readonly hosts: readonly string[];
  readonly need?: number;
  /** How long a stage takes there; default 1 s. */
  readonly tookMs?: (host: string, stage: string) => number;
  readonly end?: (host: string, stage: string) => MadeEnd;
}

/** The events of a run of one job whose hosts go a way, all at once; one that fails goes no further. */
export function madeWays({ stages, hosts, need = hosts.length, tookMs, end }: MadeWay): RunEvent[] {
  const plan = plans.planOf({
    ...{ name: "upgrade", hosts: hosts.map((name) => ({ name })) },
    stages: stages.map((name) => plans.stage(name)) as [ReturnType<typeof plans.stage>],
  });
  const at = (ms: number) => ({ time: new Date(START_MS + ms).toISOString(), run: MADE_RUN });
  const job = { slot: 1, job: "upgrade" };
  const timed: { readonly ms: number; readonly event: RunEvent }[] = [];
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  let endMs = 0;
  for (const host of hosts) {
    let nowMs = 0;
    let decided: { readonly stage: string; readonly outcome: Outcome; readonly reason: string } | undefined;
    for (const stage of stages) {
      const task = { ...job, host, stage, attempt: 1 };
      timed.push({ ms: nowMs, event: { ...at(nowMs), type: "task.started", ...task, worker: "w1" } });
      const durationMs = tookMs?.(host, stage) ?? 1000;
      nowMs += durationMs;
      const { outcome = "ok", ...report } = end?.(host, stage) ?? {};
      const told = { ...task, outcome, final: true, worker: "w1", durationMs, ...report };
      timed.push({ ms: nowMs, event: { ...at(nowMs), type: "task.ended", ...told } });
      if (outcome === "ok") continue;
      decided = { stage, outcome, reason: report.reason ?? outcome };
      break;
    }
    const outcome = decided?.outcome ?? "ok";
    counts[outcome] += 1;
    endMs = Math.max(endMs, nowMs);
    const how =
      decided === undefined
        ? {}
        : { decidedBy: decided.stage, reason: `${decided.stage}: ${decided.reason}` };
    const event = { ...at(nowMs), type: "task.ended" as const, ...job, host, attempt: 1, final: true };
    timed.push({ ms: nowMs, event: { ...event, outcome, ...how } });
  }
  const verdict = counts.ok >= need ? ("succeeded" as const) : ("failed" as const);
  const failures = OUTCOMES.filter(isFailure).reduce((sum, outcome) => sum + counts[outcome], 0);
  const reason =
    verdict === "failed" ? { reason: `needs ${need} of ${hosts.length}; ${failures} failed` } : {};
  const by = { version: "0.1.0", who: "ops", where: "box", digest: "0".repeat(64), seed: 1 };
  const begun = { hosts: hosts.length, need, window: hosts.length, steps: [] };
  return [
    { ...at(0), type: "run.started", plan, ...by },
    { ...at(0), type: "slot.started", slot: 1 },
    { ...at(0), type: "job.started", ...job, ...begun },
    ...timed.toSorted((a, b) => a.ms - b.ms).map(({ event }) => event),
    { ...at(endMs), type: "job.ended", ...job, verdict, counts, ...reason },
    { ...at(endMs), type: "slot.ended", slot: 1, verdict, counts },
    { ...at(endMs), type: "run.ended", verdict, counts },
  ];
}

/** Five hosts: fe3 gets no package, fe4 is never healthy, and fe5 is slow to be. */
export const upgrade = madeWays({
  stages: ["drain", "install", "healthy"],
  hosts: ["fe1", "fe2", "fe3", "fe4", "fe5"],
  need: 3,
  tookMs: (host, stage) => (stage === "healthy" ? (host === "fe5" ? 48_000 : 12_000) : 300),
  end: (host, stage): MadeEnd => {
    if (stage === "install" && host === "fe3")
      return { outcome: "failed", reason: "exit code 7", exitCode: 7, stderr: "no disk\n" };
    if (stage === "healthy" && host === "fe4")
      return { outcome: "failed", reason: "not healthy within 5m: exit code 22", stdout: "503\n" };
    return stage === "install" ? { stdout: "shop 1.2\n" } : {};
  },
});
