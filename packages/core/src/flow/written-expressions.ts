import type { LoadedFlow } from "./load-flow.ts";
import { locatedJobs } from "./schema/flow-file.ts";

/** Every host expression of a flow, parameters filled in. */
export function expressionsIn({ flow }: LoadedFlow): readonly string[] {
  return [...Object.values(flow.groups ?? {}), ...locatedJobs(flow).flatMap(({ job }) => job.hosts)];
}
