import type { LoadedFlow } from "./load-flow.ts";
import { asList, locatedGates, locatedJobs, locatedWays, plainAt } from "./schema/flow-file.ts";

/** Every host expression of a flow, parameters filled in. */
export function expressionsIn({ flow }: LoadedFlow): readonly string[] {
  const stages = locatedWays(flow).flatMap(({ way }) => way.stages ?? []);
  return [
    ...Object.values(flow.groups ?? {}),
    ...locatedJobs(flow).flatMap(({ job }) => asList(job.hosts)),
    ...stages.flatMap((stage) => asList(plainAt(stage?.at))).filter((at) => at !== undefined),
    ...locatedGates(flow).flatMap(({ gate }) => gate.at ?? []),
  ];
}
