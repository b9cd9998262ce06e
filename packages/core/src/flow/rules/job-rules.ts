import { asList, effective, locatedActs, locatedJobs, locatedWays } from "../schema/flow-file.ts";
import type { LocatedJob, LocatedWay } from "../schema/flow-file.ts";
import type { WrittenJob } from "../schema/job-schema.ts";
import type { Salvaged } from "../schema/salvage.ts";
import { suggest } from "../schema/suggest.ts";
import { LONGEST_NAME, NAME_PATTERN } from "../schema/text-fields.ts";
import { quote } from "../source/visible.ts";
import { UNDO, undoName } from "../undo-name.ts";
import type { Fault, Rule } from "./rule.ts";

type Located = LocatedJob<Salvaged<WrittenJob>>;

/** A job, and what undoes it, has a command, a script or stages; a stage a command, a script or a check. */
export const commandOrScript: Rule = (flow, refused) =>
  locatedActs(flow).flatMap(({ act, path, of }): readonly Fault[] => {
    const isStage = of === "stage";
    const what = of === "undo" ? "an undo" : "a job";
    const kinds = ["command", "script", "check"] as const;
    const [first, second] = kinds.filter(
      (kind) => (act as Partial<Record<string, unknown>>)[kind] !== undefined,
    );
    if (first !== undefined && second !== undefined) {
      return [
        {
          position: { path: [...path, second], at: "key" },
          message: isStage
            ? "a stage has one of command, script and check"
            : `${what} has a command or a script, not both`,
        },
      ];
    }
    const mistaken = [...kinds, "stages"].some((field) => refused([...path, field]));
    if (first !== undefined || mistaken) return [];
    const message = isStage
      ? "a stage needs a command, a script or a check"
      : `${what} needs a command, a script or stages`;
    return [{ position: { path }, message }];
  });

/** Names of jobs are unique in the flow, `finally`, the names of nameless jobs and of what undoes them included. */
export const uniqueNames: Rule = (flow) => {
  const first = new Map<string, LocatedWay>();
  return locatedWays(flow).flatMap((located): readonly Fault[] => {
    const name = nameOf(located);
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, located);
      return tooLong(located);
    }
    // Then their jobs have one name, which is told.
    if (located.of === "undo" && other.of === "undo") return [];
    const { job, path: ofJob } = located.located;
    const path = located.of === "undo" ? located.path : job.name === undefined ? ofJob : [...ofJob, "name"];
    const at = located.of === "undo" ? ("key" as const) : ("value" as const);
    const { phase, slot } = other.located;
    const where = `${phase === "slots" ? "slot" : "finally slot"} ${slot + 1}`;
    const told =
      located.of === other.of
        ? { message: `two jobs are named ${quote(name)}; the other is in ${where}` }
        : {
            message: `${quote(name)} names what undoes job ${quote(name.slice(0, -UNDO.length))} and another job as well; the other is in ${where}`,
            hint: "rename the job",
          };
    return [{ position: { path, at }, ...told }];
  });
};

function nameOf({ of, located }: LocatedWay): string {
  return of === "undo" ? undoName(located.name) : located.name;
}

/** The name of what undoes a job is a job's as well. */
function tooLong({ of, path, located: { name } }: LocatedWay): readonly Fault[] {
  if (of !== "undo" || NAME_PATTERN.test(undoName(name))) return [];
  const most = LONGEST_NAME - UNDO.length;
  const message = `the name of a job with undo can have ${most} characters, and job ${quote(name)} has ${name.length}: what undoes it is named ${undoName("JOB")}`;
  return [{ position: { path: [...path.slice(0, -1), "name"] }, message }];
}

/** `onlyIfOk` names jobs of earlier slots. */
export const onlyIfOkIsEarlier: Rule = (flow) => {
  const jobs = locatedJobs(flow);
  const byName = new Map(jobs.map((located) => [located.name, located]));
  const faults = new Map<string, Fault>();
  for (const located of jobs) {
    const written = effective(flow, located, "onlyIfOk");
    asList(written.value).forEach((name, index) => {
      if (name === undefined) return;
      const target = byName.get(name);
      if (target !== undefined && isBefore(target, located)) return;
      const path = Array.isArray(written.value) ? [...written.path, index] : written.path;
      const earlier = jobs.filter((other) => isBefore(other, located)).map((other) => other.name);
      const near = target === undefined ? suggest(name, earlier) : undefined;
      faults.set(path.join("."), {
        position: { path },
        message: target === undefined ? `there is no job ${quote(name)}` : notEarlier(target, located),
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      });
    });
  }
  return [...faults.values()];
};

/** Whether all tasks of `a` have ended when `b` starts. */
export function isBefore(a: Located, b: Located): boolean {
  return a.phase === b.phase ? a.slot < b.slot : a.phase === "slots";
}

export function notEarlier(target: Located, located: Located): string {
  if (target === located) return `job ${quote(located.name)} cannot wait for itself`;
  const same = target.phase === located.phase && target.slot === located.slot;
  const when = same ? "runs side by side with" : "runs after";
  return `job ${quote(target.name)} ${when} job ${quote(located.name)}; only jobs of earlier slots have an outcome by then`;
}
