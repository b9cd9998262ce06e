import type { HostPlan, JobPlan, RunEvent, RunPlan, StagePlan } from "@roadrunner/core";
import type { HostLine } from "./host-log.ts";

/**
 * A stage has attempts, a record and lines of its own, as a job has: it is held to what the host wrote as one, and where
 * it runs at another host to what that wrote.
 */
export function asAct(event: RunEvent): RunEvent {
  if (!("host" in event) || event.stage === undefined) return event;
  const { host, at } = event;
  const act = actName(event.job, event.stage, at === undefined ? undefined : host);
  return { ...event, host: at ?? host, job: act };
}

/** As host-log.ts writes it. */
function actName(job: string, stage: string, target: string | undefined): string {
  return `${job}/${stage}${target === undefined ? "" : `@${target}`}`;
}

/** The end of a whole way, of which the host writes nothing. */
export function isEndOfWay(
  plan: RunPlan,
): (event: { readonly job: string; readonly stage?: string }) => boolean {
  const jobs = [...plan.slots, ...plan.finally].flatMap((slot) => slot.jobs);
  const withStages = new Set(jobs.filter(({ stages }) => stages !== undefined).map(({ name }) => name));
  return ({ job, stage }) => stage === undefined && withStages.has(job);
}

type Logs = ReadonlyMap<string, readonly HostLine[]>;

/**
 * By the hosts' own lines: no stage starts before the one before it has ended well, but those that run always; and never
 * two stages of a way at once, but where the host was killed in between.
 */
export function brokenWays(plan: RunPlan, logs: Logs): string[] {
  return [...plan.slots, ...plan.finally].flatMap(({ jobs }) =>
    jobs.flatMap((job) =>
      job.stages === undefined ? [] : job.hosts.flatMap((_, host) => brokenWay(job, host, logs)),
    ),
  );
}

/** A line of a way, in the file of the host where its stage runs; without `stage` something was done to that host. */
interface WayLine {
  readonly line: HostLine;
  readonly stage?: number;
}

function linesOfWay(job: JobPlan, host: number, logs: Logs): readonly WayLine[] {
  const name = job.hosts[host]?.name ?? "";
  const places = new Map<string, Map<string, number>>([[name, new Map()]]);
  (job.stages ?? []).forEach((stage, index) => {
    const at = placeOf(stage, job.hosts[host]);
    const there = places.get(at ?? name) ?? new Map<string, number>();
    places.set(
      at ?? name,
      there.set(actName(job.name, stage.name, at === undefined ? undefined : name), index),
    );
  });
  const lines = [...places].flatMap(([place, acts]) =>
    (logs.get(place) ?? []).flatMap((line): readonly WayLine[] => {
      if (!("job" in line)) return [{ line }];
      const stage = acts.get(line.job);
      return stage === undefined ? [] : [{ line, stage }];
    }),
  );
  // Of one hundredth of a second what ended comes first.
  const order = ({ line: { kind } }: WayLine): number => (kind === "end" ? 0 : kind === "start" ? 2 : 1);
  return places.size === 1 ? lines : lines.toSorted((a, b) => a.line.upS - b.line.upS || order(a) - order(b));
}

/** Where a stage of a host runs that does not run on it. */
function placeOf({ at }: StagePlan, host: HostPlan | undefined): string | undefined {
  return at?.label === undefined ? at?.hosts[0]?.name : host?.labels?.[at.label];
}

/** How many may be at each host at once, by the strictest stage of these jobs that runs there. */
function placesOf(jobs: readonly JobPlan[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const { hosts, stages = [] as readonly StagePlan[] } of jobs)
    for (const stage of stages)
      for (const host of hosts) {
        const name = placeOf(stage, host);
        if (name !== undefined)
          places.set(name, Math.min(stage.at?.atOnce ?? 1, places.get(name) ?? Infinity));
      }
  return places;
}

function brokenWay(job: JobPlan, host: number, logs: Logs): string[] {
  const problems: string[] = [];
  const name = job.hosts[host]?.name ?? "";
  const told = (stage: number | undefined): string => `${job.name}/${job.stages?.[stage ?? -1]?.name ?? ""}`;
  let running: number | undefined;
  /** Stages of this way that ended well. */
  const well = new Set<number>();
  for (const { line, stage } of linesOfWay(job, host, logs)) {
    if (!("job" in line) || stage === undefined) {
      running = undefined;
      continue;
    }
    if (line.kind === "end") {
      if (running === stage) running = undefined;
      if (line.code === 0) well.add(stage);
      continue;
    }
    if (running !== undefined && running !== stage)
      problems.push(`way: ${told(stage)} started on ${name} while ${told(running)} ran`);
    running = stage;
    const always = job.stages?.[stage]?.always === true;
    if (!always && stage > 0 && !well.has(stage - 1))
      problems.push(`way: ${told(stage)} started on ${name}, and the stage before it had not ended well`);
  }
  return problems;
}

/**
 * By the lines of the hosts at which stages of others run: no more of them are there at once than may be.
 * @param unknown acts whose end nobody could learn: their place was given to the next
 */
export function crowds(plan: RunPlan, logs: Logs, unknown: ReadonlySet<string>): string[] {
  return [...plan.slots, ...plan.finally].flatMap(({ jobs }) =>
    [...placesOf(jobs)].flatMap(([place, places]) => {
      const ofSlot = new Set(jobs.map(({ name }) => name));
      const running = new Set<string>();
      return (logs.get(place) ?? []).flatMap((line): readonly string[] => {
        if (!("job" in line)) {
          running.clear();
          return [];
        }
        const [job = "", target] = line.job.split(/\/|@/).filter((_, index) => index !== 1);
        if (target === undefined || !ofSlot.has(job) || unknown.has(line.job)) return [];
        if (line.kind === "end") running.delete(line.job);
        else running.add(line.job);
        return running.size > places
          ? [`crowd: ${[...running].join(" and ")} at ${place}, which has ${places}`]
          : [];
      });
    }),
  );
}
