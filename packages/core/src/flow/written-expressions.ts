import type { LoadedFlow } from "./load-flow.ts";
import { asList, locatedJobs, plainAt } from "./schema/flow-file.ts";

/** Every host expression of a flow, parameters filled in. */
export function expressionsIn({ flow }: LoadedFlow): readonly string[] {
  const ofJobs = locatedJobs(flow).flatMap(({ job }) => [
    ...asList(job.hosts),
    ...(job.stages ?? []).flatMap(({ at }) => asList(plainAt(at))),
  ]);
  return [...Object.values(flow.groups ?? {}), ...ofJobs];
}
