import type { Outcome, OutcomeCounts, RunEvent, RunPlan, TaskReport } from "@roadrunner/core";
import { isFailure, OUTCOMES } from "@roadrunner/core";
import * as plans from "../../../../test/support/plans.ts";

/** How one host of a made run ends; default ok. */
export interface MadeEnd extends TaskReport {
  readonly outcome?: Outcome;
  readonly reason?: string;
}

export interface MadeJob {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly need?: number;
  readonly window?: number;
  readonly end?: (host: string, index: number) => MadeEnd;
}

export const MADE_RUN = "20261124-091612-abcdefgh";
export const START_MS = Date.UTC(2026, 10, 24, 9, 16, 12);

/**
 * The events of a run as rr-submit would emit them, one second a host and window after window: for views, which know
 * nothing else of a run. The slots are lists of jobs.
 */
export function madeRun(slots: readonly (readonly MadeJob[])[], name = "deploy"): RunEvent[] {
  const events: RunEvent[] = [];
  let nowMs = START_MS;
  const head = () => ({ time: new Date(nowMs).toISOString(), run: MADE_RUN });
  events.push({
    ...head(),
    type: "run.started",
    version: "0.1.0",
    plan: planOf(slots, name),
    digest: "0".repeat(64),
    file: "deploy.json",
    who: "ops",
    where: "box",
    seed: 1,
  });
  const all: OutcomeCounts[] = [];
  let failed = false;
  for (const [index, jobs] of slots.entries()) {
    if (failed) break;
    const slot = index + 1;
    events.push({ ...head(), type: "slot.started", slot });
    for (const { name: job, hosts, need = hosts.length, window = hosts.length } of jobs) {
      events.push({
        ...head(),
        type: "job.started",
        slot,
        job,
        hosts: hosts.length,
        need,
        window,
        steps: [],
      });
    }
    const ended: OutcomeCounts[] = [];
    for (const job of jobs) ended.push(...runJob(job, slot));
    all.push(...ended);
    failed = events.some(
      (event) => event.type === "job.ended" && event.slot === slot && event.verdict === "failed",
    );
    const verdict = failed ? "failed" : "succeeded";
    events.push({ ...head(), type: "slot.ended", slot, verdict, counts: sum(ended) });
  }
  events.push({ ...head(), type: "run.ended", verdict: failed ? "failed" : "succeeded", counts: sum(all) });
  return events;

  function runJob(job: MadeJob, slot: number): OutcomeCounts[] {
    const { hosts, need = hosts.length, window = hosts.length, end = (): MadeEnd => ({}) } = job;
    const counts = { ...NONE };
    for (let first = 0; first < hosts.length; first += window) {
      const wave = hosts.slice(first, first + window);
      const task = (host: string) => ({ slot, job: job.name, host, attempt: 1 });
      for (const host of wave) {
        events.push({ ...head(), type: "task.asked", ...task(host), submission: 1 });
        events.push({ ...head(), type: "task.started", ...task(host), worker: "w1" });
      }
      nowMs += 1000;
      wave.forEach((host, place) => {
        const { outcome = "ok", ...report } = end(host, first + place);
        counts[outcome] += 1;
        events.push({
          ...head(),
          type: "task.ended",
          ...task(host),
          outcome,
          final: true,
          worker: "w1",
          queuedMs: 3,
          connectMs: 20,
          durationMs: 900,
          ...(outcome === "ok" ? { exitCode: 0 } : { blame: "host" as const }),
          ...report,
        });
      });
    }
    const failures = OUTCOMES.filter((outcome) => isFailure(outcome)).reduce(
      (n, outcome) => n + counts[outcome],
      0,
    );
    const good = counts.ok >= need;
    events.push({
      ...head(),
      type: "job.ended",
      slot,
      job: job.name,
      verdict: good ? "succeeded" : "failed",
      counts,
      ...(good ? {} : { reason: `needs ${need} of ${hosts.length} hosts; ${failures} failed` }),
    });
    return [counts];
  }
}

const NONE: Record<Outcome, number> = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as never;

function sum(all: readonly OutcomeCounts[]): OutcomeCounts {
  const total = { ...NONE };
  for (const counts of all) for (const outcome of OUTCOMES) total[outcome] += counts[outcome];
  return total;
}

function planOf(slots: readonly (readonly MadeJob[])[], name: string): RunPlan {
  const work = { ...plans.WORK, command: "systemctl restart apache2" };
  const made = slots.map((jobs) =>
    plans.slot(
      ...jobs.map(({ name: jobName, hosts, need, window }) =>
        plans.job({
          name: jobName,
          hosts: hosts.map((host) => ({ name: host })),
          success: plans.count(need ?? hosts.length),
          parallelism: [plans.count(window ?? hosts.length)],
          work,
        }),
      ),
    ),
  );
  return { ...plans.plan(made), name };
}

export function hostNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
