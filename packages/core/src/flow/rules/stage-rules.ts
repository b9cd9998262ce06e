import { locatedJobs } from "../schema/flow-file.ts";
import { quote } from "../source/visible.ts";
import type { Fault, Rule } from "./rule.ts";

/** Fields of a job that say something of one command, and so stand in a stage where there are stages. */
const OF_ONE_COMMAND = [
  "command",
  "script",
  "unless",
  "okCodes",
  "reboot",
  "rebootTimeout",
  "outputs",
] as const;

/** A job that goes through stages has no command of its own, and nothing that is of one. */
export const stagesOrCommand: Rule = (flow) =>
  locatedJobs(flow).flatMap(({ job, path }): readonly Fault[] => {
    if (job.stages === undefined) return [];
    return OF_ONE_COMMAND.filter((field) => job[field] !== undefined).map((field) => ({
      position: { path: [...path, field], at: "key" as const },
      message:
        field === "outputs"
          ? "a job with stages has no outputs"
          : `a job with stages has no ${field} of its own; write it in a stage`,
    }));
  });

/** Names of stages are unique in their job, those of nameless stages included. */
export const uniqueStages: Rule = (flow) =>
  locatedJobs(flow).flatMap(({ job, path }) => {
    const first = new Map<string, number>();
    return (job.stages ?? []).flatMap((stage, index): readonly Fault[] => {
      const name = stage?.name ?? stageName(index);
      const other = first.get(name);
      first.set(name, other ?? index);
      if (other === undefined) return [];
      const own = [...path, "stages", index];
      return [
        {
          position: { path: stage?.name === undefined ? own : [...own, "name"] },
          message: `two stages are named ${quote(name)}; the other is stage ${other + 1}`,
        },
      ];
    });
  });

/** Of a stage without one. */
export function stageName(index: number): string {
  return `stage-${index + 1}`;
}
