import type { RunEvent, RunPlan } from "@roadrunner/core";
import type { HostLine } from "./host-log.ts";

/** A stage has attempts, a record and lines of its own, as a job has: it is held to what the host wrote as one. */
export function asAct(event: RunEvent): RunEvent {
  if (!("host" in event) || event.stage === undefined) return event;
  return { ...event, job: `${event.job}/${event.stage}` };
}

/** The end of a whole way, of which the host writes nothing. */
export function isEndOfWay(
  plan: RunPlan,
): (event: { readonly job: string; readonly stage?: string }) => boolean {
  const jobs = [...plan.slots, ...plan.finally].flatMap((slot) => slot.jobs);
  const withStages = new Set(jobs.filter(({ stages }) => stages !== undefined).map(({ name }) => name));
  return ({ job, stage }) => stage === undefined && withStages.has(job);
}

/**
 * By the hosts' own lines: no stage starts before the one before it has ended well, but those that run always; and never
 * two stages of a way at once, but where the host was killed in between.
 */
export function brokenWays(plan: RunPlan, logs: ReadonlyMap<string, readonly HostLine[]>): string[] {
  return [...plan.slots, ...plan.finally].flatMap(({ jobs }) =>
    jobs.flatMap(({ name, stages }) => {
      if (stages === undefined) return [];
      const order = new Map(
        stages.map((stage, index) => [`${name}/${stage.name}`, { index, always: stage.always }]),
      );
      return Array.from(logs, ([host, lines]) => brokenWay(host, lines, order)).flat();
    }),
  );
}

type Order = ReadonlyMap<string, { readonly index: number; readonly always: boolean }>;

function brokenWay(host: string, lines: readonly HostLine[], order: Order): string[] {
  const problems: string[] = [];
  let running: string | undefined;
  /** Stages of this way that ended well. */
  const well = new Set<number>();
  for (const line of lines) {
    if (!("job" in line)) {
      running = undefined;
      continue;
    }
    const stage = order.get(line.job);
    if (stage === undefined) continue;
    if (line.kind === "end") {
      if (running === line.job) running = undefined;
      if (line.code === 0) well.add(stage.index);
      continue;
    }
    if (running !== undefined && running !== line.job)
      problems.push(`way: ${line.job} started on ${host} while ${running} ran`);
    running = line.job;
    const before = stage.index - 1;
    if (!stage.always && before >= 0 && !well.has(before))
      problems.push(`way: ${line.job} started on ${host}, and the stage before it had not ended well`);
  }
  return problems;
}
