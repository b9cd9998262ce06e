import { effective, locatedJobs } from "../schema/flow-file.ts";
import { suggest } from "../schema/suggest.ts";
import { quote } from "../source/visible.ts";
import { takenIn } from "../schema/job-env.ts";
import { isBefore, notEarlier } from "./job-rules.ts";
import type { Fault, Rule } from "./rule.ts";

/**
 * Variables by which a shell, a loader or an interpreter is told what to run. A list can hold only those that all know;
 * a variable of the flow's own is what is meant.
 */
const DECIDING =
  /^(?:PATH|ENV|BASH_ENV|GCONV_PATH|LD_.*|PYTHON.*|PERL5.*|RUBY(?:LIB|OPT)|NODE_(?:OPTIONS|PATH))$/;

/** A variable whose value is an output takes it of a job that has ended by then, and that has outputs. */
export const outputsAreEarlier: Rule = (flow) => {
  const jobs = locatedJobs(flow);
  const byName = new Map(jobs.map((located) => [located.name, located]));
  return jobs.flatMap((located) =>
    takenIn(located.job.env).flatMap(({ variable, from }): readonly Fault[] => {
      const path = [...located.path, "env", variable];
      const deciding: readonly Fault[] = DECIDING.test(variable)
        ? [
            {
              position: { path, at: "key" },
              message: `${variable} says what is run: its value must not come from a host`,
              hint: "take it as another variable, and let the command use that",
            },
          ]
        : [];
      if (from === undefined) return deciding;
      const position = { path: [...path, "from"] };
      const target = byName.get(from);
      if (target === undefined) {
        const earlier = jobs.filter((other) => isBefore(other, located)).map((other) => other.name);
        const near = suggest(from, earlier);
        const hint = near === undefined ? {} : { hint: `did you mean ${near}?` };
        return [...deciding, { position, message: `there is no job ${quote(from)}`, ...hint }];
      }
      if (!isBefore(target, located))
        return [...deciding, { position, message: notEarlier(target, located) }];
      if (target.job.stages !== undefined)
        return [...deciding, { position, message: `job ${quote(from)} has stages, and so no outputs` }];
      return effective(flow, target, "reboot").value === true
        ? [
            ...deciding,
            { position, message: `job ${quote(from)} takes its hosts down, and so has no outputs` },
          ]
        : deciding;
    }),
  );
};

/** What a command wrote is gone with its host. */
export const outputsWithoutReboot: Rule = (flow) => {
  const faults = new Map<string, Fault>();
  for (const located of locatedJobs(flow)) {
    const { value, path } = effective(flow, located, "outputs");
    if (located.job.stages !== undefined) continue;
    if (value !== true || effective(flow, located, "reboot").value !== true) continue;
    const message = `job ${quote(located.name)} has reboot as well: what takes its host down has no outputs`;
    faults.set(path.join("."), { position: { path, at: "key" }, message });
  }
  return [...faults.values()];
};
