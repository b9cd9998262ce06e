import { foldHosts } from "@roadrunner/core";
import { nameAmong, type JobStanding } from "@roadrunner/engine/story";
import { safeLine } from "./safe-text.ts";

/** The hosts folded; of a job with stages with the one at which they are: `drain fe1, healthy fe[2-9]`. */
export function whereText(
  { ways, stages }: Pick<JobStanding, "ways" | "stages">,
  hosts: Iterable<string>,
): string {
  if (ways === undefined) return foldHosts([...hosts]);
  const at = new Map<string, string[]>([...(stages?.keys() ?? [])].map((stage) => [stage, []]));
  const nowhere: string[] = [];
  for (const host of hosts) {
    const way = ways.get(host);
    (at.get(way === undefined ? "" : nameAmong(stages, way)) ?? nowhere).push(host);
  }
  return [...at, ["", nowhere] as const]
    .filter(([, all]) => all.length > 0)
    .map(([stage, all]) => `${safeLine(stage)} ${foldHosts([...all])}`.trimStart())
    .join(", ");
}
