import { asList, effective, locatedActs, locatedJobs } from "../schema/flow-file.ts";
import type { LocatedJob } from "../schema/flow-file.ts";
import type { WrittenJob } from "../schema/job-schema.ts";
import type { Salvaged } from "../schema/salvage.ts";
import { suggest } from "../schema/suggest.ts";
import { quote } from "../source/visible.ts";
import type { Fault, Rule } from "./rule.ts";

type Located = LocatedJob<Salvaged<WrittenJob>>;

/** A job has a command, a script or stages; a stage a command, a script or a check. */
export const commandOrScript: Rule = (flow, refused) =>
  locatedActs(flow).flatMap(({ act, path, isStage }): readonly Fault[] => {
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
            : "a job has a command or a script, not both",
        },
      ];
    }
    const mistaken = [...kinds, "stages"].some((field) => refused([...path, field]));
    if (first !== undefined || mistaken) return [];
    const message = isStage
      ? "a stage needs a command, a script or a check"
      : "a job needs a command, a script or stages";
    return [{ position: { path }, message }];
  });

/** Names of jobs are unique in the flow, `finally` and the names of nameless jobs included. */
export const uniqueNames: Rule = (flow) => {
  const first = new Map<string, Located>();
  return locatedJobs(flow).flatMap((located): readonly Fault[] => {
    const other = first.get(located.name);
    if (other === undefined) {
      first.set(located.name, located);
      return [];
    }
    const path = located.job.name === undefined ? located.path : [...located.path, "name"];
    const where = `${other.phase === "slots" ? "slot" : "finally slot"} ${other.slot + 1}`;
    return [
      { position: { path }, message: `two jobs are named ${quote(located.name)}; the other is in ${where}` },
    ];
  });
};

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
