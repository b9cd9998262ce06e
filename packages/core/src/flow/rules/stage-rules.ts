import { CHECK_DEFAULTS } from "../defaults.ts";
import { parseDuration } from "../duration.ts";
import { locatedWays } from "../schema/flow-file.ts";
import { quote } from "../source/visible.ts";
import type { Fault, Rule } from "./rule.ts";

/** Fields of a job that say something of one command, and so stand in a stage where there are stages. */
const OF_ONE_COMMAND = ["command", "script", "okCodes", "reboot", "rebootTimeout", "outputs"] as const;

/** A job that goes through stages has no command of its own, and nothing that is of one. So has what undoes it. */
export const stagesOrCommand: Rule = (flow) =>
  locatedWays(flow).flatMap(({ of, way, path }): readonly Fault[] => {
    if (way.stages === undefined) return [];
    const what = of === "undo" ? "an undo" : "a job";
    const written: Partial<Record<string, unknown>> = way;
    return OF_ONE_COMMAND.filter((field) => written[field] !== undefined).map((field) => ({
      position: { path: [...path, field], at: "key" as const },
      message:
        field === "outputs"
          ? `${what} with stages has no outputs`
          : `${what} with stages has no ${field} of its own; write it in a stage`,
    }));
  });

/** What says how a check is asked, and what it cannot have: it is asked as often as it takes, and changes nothing. */
const OF_CHECK = ["every", "stable", "within"] as const;
const NOT_OF_CHECK = ["unless", "reboot", "rebootTimeout", "delivery", "onDisconnect"] as const;

/** A check has its own fields, has nothing that is of a command alone, and can end. */
export const checksAreSound: Rule = (flow) =>
  locatedWays(flow).flatMap(({ way, path }) =>
    (way.stages ?? []).flatMap((stage, index): readonly Fault[] => {
      if (stage === undefined) return [];
      const at = (field: string) => ({ path: [...path, "stages", index, field], at: "key" as const });
      if (stage.check === undefined)
        return OF_CHECK.filter((field) => stage[field] !== undefined).map((field) => ({
          position: at(field),
          message: `${field} is of a check, and this stage has none`,
        }));
      const wrong = NOT_OF_CHECK.filter((field) => stage[field] !== undefined).map((field) => ({
        position: at(field),
        message: `a check has no ${field}: it is asked as often as it takes, and changes nothing`,
      }));
      const [stable, within] = [stage.stable, stage.within ?? CHECK_DEFAULTS.within].map(msOf);
      const tooLong = stable !== undefined && within !== undefined && stable >= within;
      return [
        ...wrong,
        ...(tooLong
          ? [
              {
                position: at("stable"),
                message: `stable must be shorter than within (${stage.within ?? CHECK_DEFAULTS.within}): the check could never pass`,
              },
            ]
          : []),
      ];
    }),
  );

/** `atOnce` counts those at another host. */
export const atOnceSomewhere: Rule = (flow, refused) =>
  locatedWays(flow).flatMap(({ way, path }) =>
    (way.stages ?? []).flatMap((stage, index): readonly Fault[] => {
      const own = [...path, "stages", index];
      if (stage?.atOnce === undefined || stage.at !== undefined || refused([...own, "at"])) return [];
      return [
        {
          position: { path: [...own, "atOnce"], at: "key" },
          message: "atOnce says how many may be at the host that at names, and this stage has no at",
          hint: "parallelism of the job says how many of its hosts go their way at once",
        },
      ];
    }),
  );

function msOf(written: unknown): number | undefined {
  if (written === undefined) return undefined;
  const parsed = parseDuration(written);
  return parsed.ok ? parsed.value : undefined;
}

/** By this the question of a job with stages is told, which is asked before all of them. */
export const ASKING = "unless";

/** Names of stages are unique in their way, those of nameless stages included. */
export const uniqueStages: Rule = (flow) =>
  locatedWays(flow).flatMap(({ way, path }) => {
    const first = new Map<string, number>();
    return (way.stages ?? []).flatMap((stage, index): readonly Fault[] => {
      const name = stage?.name ?? stageName(index);
      if (name === ASKING && way.unless !== undefined)
        return [
          {
            position: { path: [...path, "stages", index, "name"] },
            message: `a stage of a job with unless cannot be named ${quote(ASKING)}: the question is told by that name`,
          },
        ];
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
