import type { JobPlan, RunEvent, RunPlan } from "@roadrunner/core";
import type { HostLine } from "./host-log.ts";

type InJob = Extract<RunEvent, { readonly job: string }>;

function jobsOf(plan: RunPlan): readonly JobPlan[] {
  return [...plan.slots, ...plan.finally].flatMap(({ jobs }) => jobs);
}

/** By the name of a job that undoes another: that one. */
export function undosOf(plan: RunPlan): ReadonlyMap<string, string> {
  return new Map(
    jobsOf(plan).flatMap(({ name, undoes }) => (undoes === undefined ? [] : [[name, undoes] as const])),
  );
}

/** No step, and without steps no job, begins before each of its gates has passed since it could, or a person said go on. */
export function unwatchedStarts(plan: RunPlan, events: readonly RunEvent[]): string[] {
  return jobsOf(plan).flatMap((job) => {
    const gates = job.gates ?? [];
    if (gates.length === 0) return [];
    const problems: string[] = [];
    let isBegun = false;
    let said: InJob[] = [];
    for (const event of events) {
      if (event.type === "run.resumed") said = [];
      if (!("job" in event) || event.job !== job.name) continue;
      if (event.type === "job.started" || event.type === "step.ended") {
        isBegun = false;
        said = [];
      }
      if (event.type === "task.asked" && !isBegun) {
        isBegun = true;
        // An attempt that had been asked for before is asked for again, whatever the gates say.
        const isAgain = event.submission > 1 || event.attempt > 1;
        for (const { name } of isAgain ? [] : gates.filter((gate) => !hasPassed(said, gate.name)))
          problems.push(`gate: ${job.name} began on ${event.host}, and gate ${name} had not passed`);
      }
      said.push(event);
    }
    return problems;
  });
}

function hasPassed(said: readonly InJob[], gate: string): boolean {
  if (said.some((event) => event.type === "job.confirmed")) return true;
  const asked = new Set<number>();
  return said.some((event) => {
    if (event.type === "gate.asked" && event.gate === gate) asked.add(event.ask);
    return (
      event.type === "gate.answered" && event.gate === gate && event.answer === "pass" && asked.has(event.ask)
    );
  });
}

/**
 * A job is undone on hosts alone on which something of it was asked for, after its last command there has ended; and
 * nothing of it starts there afterwards.
 */
export function wrongUndos(
  plan: RunPlan,
  events: readonly RunEvent[],
  logs: ReadonlyMap<string, readonly HostLine[]>,
): string[] {
  return [...undosOf(plan)].flatMap(([undo, of]) => {
    const asked = new Set(
      events.flatMap((event) => (event.type === "task.asked" && event.job === of ? [event.host] : [])),
    );
    const unknown = new Set(
      events.flatMap((event) =>
        event.type === "task.ended" && event.job === of && event.outcome === "unknown" ? [event.host] : [],
      ),
    );
    return [...logs].flatMap(([host, lines]) => {
      const problems: string[] = [];
      let running: string | undefined;
      let isUndone = false;
      for (const line of lines) {
        if (!("job" in line)) {
          running = undefined;
          continue;
        }
        // What runs here for another host is not its own way.
        const [job = "", target] = line.job.split(/\/|@/).filter((_, index) => index !== 1);
        if (target !== undefined) continue;
        if (job === of && line.kind === "start") {
          running = line.job;
          if (isUndone) problems.push(`undo: ${line.job} started on ${host} after ${undo}`);
        }
        if (job === of && line.kind === "end") running = undefined;
        if (job !== undo || line.kind !== "start") continue;
        isUndone = true;
        if (!asked.has(host))
          problems.push(`undo: ${undo} started on ${host}, where ${of} was never asked for`);
        if (running !== undefined && !unknown.has(host))
          problems.push(`undo: ${undo} started on ${host} while ${running} ran`);
      }
      return problems;
    });
  });
}
