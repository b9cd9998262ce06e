import type { Path } from "../problem.ts";
import type { Salvaged } from "./salvage.ts";
import type { WrittenFlow } from "./flow-schema.ts";
import type { WrittenGate } from "./gate-schema.ts";
import type { WrittenDefaults, WrittenJob } from "./job-schema.ts";
import type { WrittenStage } from "./stage-schema.ts";
import type { WrittenUndo } from "./undo-schema.ts";

/** A job of the file, with where it stands; of a file with problems, what is left of it. */
export interface LocatedJob<Job = WrittenJob> {
  readonly phase: "slots" | "finally";
  /** From 0. */
  readonly slot: number;
  readonly name: string;
  readonly path: Path;
  readonly job: Job;
}

/** What a host goes through: that of a job, or of what undoes one. */
export interface LocatedWay {
  readonly of: "job" | "undo";
  readonly path: Path;
  readonly way: Salvaged<WrittenJob> | Salvaged<WrittenUndo>;
  readonly located: LocatedJob<Salvaged<WrittenJob>>;
}

/** In the order of the file. */
export function locatedWays(flow: Salvaged<WrittenFlow>): readonly LocatedWay[] {
  return locatedJobs(flow).flatMap((located): readonly LocatedWay[] => {
    const { job, path } = located;
    const own: LocatedWay = { of: "job", path, way: job, located };
    return job.undo === undefined
      ? [own]
      : [own, { of: "undo", path: [...path, "undo"], way: job.undo, located }];
  });
}

/** What is done on a host: the command of a job, one of its stages, or the same of what undoes it. */
export interface LocatedAct {
  readonly path: Path;
  readonly act: LocatedWay["way"] | Salvaged<WrittenStage>;
  readonly of: "job" | "undo" | "stage";
}

/** All that jobs do, in the order of the file: a job with stages does what they do. */
export function locatedActs(flow: Salvaged<WrittenFlow>): readonly LocatedAct[] {
  return locatedWays(flow).flatMap(({ of, way, path }): readonly LocatedAct[] => {
    if (way.stages === undefined) return [{ path, act: way, of }];
    return way.stages.flatMap((stage, index) =>
      stage === undefined ? [] : [{ path: [...path, "stages", index], act: stage, of: "stage" }],
    );
  });
}

/** A gate of a job, with where it stands. */
export interface LocatedGate {
  readonly path: Path;
  /** From 0. */
  readonly index: number;
  readonly gate: Salvaged<WrittenGate>;
  readonly job: Salvaged<WrittenJob>;
}

export function locatedGates(flow: Salvaged<WrittenFlow>): readonly LocatedGate[] {
  return locatedJobs(flow).flatMap(({ job, path }) =>
    (job.gates ?? []).flatMap((gate, index) =>
      gate === undefined ? [] : [{ path: [...path, "gates", index], index, gate, job }],
    ),
  );
}

/** All that may write `env` and `secretEnv`: `defaults`, jobs and what undoes them, stages, gates. */
export function blocksWithVariables(flow: Salvaged<WrittenFlow>) {
  return [
    { ...flow.defaults, path: ["defaults"] as Path },
    ...locatedWays(flow).map(({ way, path }) => ({ ...way, path })),
    ...locatedActs(flow).flatMap(({ act, path, of }) => (of === "stage" ? [{ ...act, path }] : [])),
    ...locatedGates(flow).map(({ gate, path }) => ({ ...gate, path })),
  ];
}

type Flow = Salvaged<WrittenFlow> | WrittenFlow;

/** Jobs in the order of the file, with the name that a nameless one gets. */
export function locatedJobs(flow: WrittenFlow): readonly LocatedJob[];
export function locatedJobs(flow: Salvaged<WrittenFlow>): readonly LocatedJob<Salvaged<WrittenJob>>[];
export function locatedJobs(flow: Flow): readonly LocatedJob<Salvaged<WrittenJob>>[] {
  return (["slots", "finally"] as const).flatMap((phase) =>
    (flow[phase] ?? []).flatMap((written, slot) =>
      (written?.jobs ?? []).flatMap((job, index) => {
        if (job === undefined) return [];
        const name = job.name ?? `${phase === "slots" ? "job" : "finally"}-${slot + 1}-${index + 1}`;
        return [{ phase, slot, name, path: [phase, slot, "jobs", index], job }];
      }),
    ),
  );
}

/** The host expressions of a stage's `at`; undefined: there are none, or each host's label says where. */
export function plainAt<At>(at: At): Exclude<At, { readonly label?: unknown }> | undefined {
  const isLabel = typeof at === "object" && at !== null && !Array.isArray(at);
  return isLabel ? undefined : (at as Exclude<At, { readonly label?: unknown }>);
}

/** A job's variables may be what those of `defaults` may not. */
type Shared = Omit<WrittenDefaults, "env">;

/** A field of a job as it counts: the job's own, else that of `defaults`; and where it is written. */
export function effective<Field extends keyof Shared>(
  flow: Salvaged<WrittenFlow>,
  { job, path }: { readonly job: Salvaged<Omit<WrittenJob, "env">>; readonly path: Path },
  field: Field,
): { readonly value: Salvaged<Shared>[Field]; readonly path: Path } {
  const own = job[field];
  return own === undefined
    ? { value: flow.defaults?.[field], path: ["defaults", field] }
    : { value: own, path: [...path, field] };
}

export function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
