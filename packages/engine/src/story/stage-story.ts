import {
  isFailure,
  stageText,
  textOfStage,
  type JobPlan,
  type Outcome,
  type RunEvent,
} from "@roadrunner/core";
import { byName, type OutputGroups } from "./output-groups.ts";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

/** How a stage of a job has gone so far, over all hosts. Only what counts: no attempt that another one followed. */
export interface StageStanding {
  /** Hosts on which it ended ok → how long it took there, in milliseconds; undefined: nobody saw it. */
  readonly okMs: Map<string, number | undefined>;
  /** Hosts on which it did not, but was started or could have been. */
  readonly notOk: Map<string, Outcome>;
  /** Hosts on which it ended alike, with its output; empty where tasks are not told one by one. */
  readonly groups: OutputGroups;
}

/**
 * By how people read them: `drain`, `drain at lb1`; one whose place a label says is one for all of them: `drain at its lb`.
 * Undefined where the job has no stages.
 */
export function newStages(
  { stages }: JobPlan,
  newGroups: () => OutputGroups,
): ReadonlyMap<string, StageStanding> | undefined {
  if (stages === undefined) return undefined;
  const standing = (): StageStanding => ({ okMs: new Map(), notOk: new Map(), groups: newGroups() });
  return new Map(stages.map((stage) => [textOfStage(stage), standing()]));
}

/** By what name a stage of a host stands among those of its job. */
export function nameAmong(
  stages: ReadonlyMap<string, unknown> | undefined,
  { stage, at }: { readonly stage: string; readonly at?: string | undefined },
): string {
  const here = stageText({ stage, at });
  if (at === undefined || stages?.has(here) !== false) return here;
  return [...stages.keys()].find((name) => name.startsWith(`${stage} at its `)) ?? here;
}

/**
 * @param clientMs from its start to its end by the client's clock; it counts where the worker said nothing, but not for an
 *   end that was learned from a record: that was before
 */
export function tellStageEnd(
  { okMs, notOk }: StageStanding,
  { host, outcome, durationMs, outputLost }: TaskEnded,
  clientMs: number | undefined,
): void {
  okMs.delete(host);
  notOk.delete(host);
  if (outcome === "ok") okMs.set(host, durationMs ?? (outputLost === true ? undefined : clientMs));
  // What was never said to have started is no matter of this stage.
  else if (outcome !== "skipped" || clientMs !== undefined) notOk.set(host, outcome);
}

/** How long a stage takes, and where it did not end ok. */
export interface StageTimes {
  readonly stage: string;
  /** Hosts on which it ended ok; the times are of those of these of which they are known. */
  readonly ok: number;
  readonly medianMs?: number;
  readonly slowest?: { readonly host: string; readonly ms: number };
  /** Hosts by how it ended there, failures first. */
  readonly notOk: readonly { readonly outcome: Outcome; readonly hosts: readonly string[] }[];
}

/** Of all stages of a job in their order; none where it has no stages. */
export function stageTimes(job: {
  readonly stages?: ReadonlyMap<string, StageStanding>;
}): readonly StageTimes[] {
  return [...(job.stages ?? [])].map(([stage, { okMs, notOk }]) => ({
    stage,
    ok: okMs.size,
    ...timesOf(okMs),
    notOk: byOutcome(notOk),
  }));
}

/** Of an even number the lower of the two in the middle: a time that was seen. */
function timesOf(okMs: StageStanding["okMs"]): Pick<StageTimes, "medianMs" | "slowest"> {
  const known: number[] = [];
  let slowest: { readonly host: string; readonly ms: number } | undefined;
  for (const [host, ms] of okMs) {
    if (ms === undefined) continue;
    known.push(ms);
    if (slowest === undefined || ms > slowest.ms) slowest = { host, ms };
  }
  const sorted = Float64Array.from(known).sort();
  const medianMs = sorted[Math.floor((sorted.length - 1) / 2)];
  return medianMs === undefined || slowest === undefined ? {} : { medianMs, slowest };
}

function byOutcome(notOk: ReadonlyMap<string, Outcome>): StageTimes["notOk"] {
  const hostsOf = new Map<Outcome, string[]>();
  for (const [host, outcome] of notOk) {
    const hosts = hostsOf.get(outcome);
    if (hosts === undefined) hostsOf.set(outcome, [host]);
    else hosts.push(host);
  }
  return [...hostsOf]
    .map(([outcome, hosts]) => ({ outcome, hosts: hosts.toSorted(byName) }))
    .sort(
      (a, b) =>
        Number(isFailure(b.outcome)) - Number(isFailure(a.outcome)) || b.hosts.length - a.hosts.length,
    );
}
