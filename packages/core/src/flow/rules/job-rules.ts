import { asList, effective, placedJobs } from "../schema/flow-file.ts";
import type { PlacedJob } from "../schema/flow-file.ts";
import type { WrittenJob } from "../schema/job-schema.ts";
import type { Salvaged } from "../schema/salvage.ts";
import { suggest } from "../schema/suggest.ts";
import { quote } from "../source/visible.ts";
import type { Fault, Rule } from "./rule.ts";

type Placed = PlacedJob<Salvaged<WrittenJob>>;

/** A job has a command or a script. */
export const commandOrScript: Rule = (flow, refused) =>
  placedJobs(flow).flatMap(({ job, path }): readonly Fault[] => {
    const { command, script } = job;
    if (command !== undefined && script !== undefined) {
      return [
        {
          place: { path: [...path, "script"], at: "key" },
          message: "a job has a command or a script, not both",
        },
      ];
    }
    const mistaken = refused([...path, "command"]) || refused([...path, "script"]);
    return command === undefined && script === undefined && !mistaken
      ? [{ place: { path }, message: "a job needs a command or a script" }]
      : [];
  });

/** Names of jobs are unique in the flow, `finally` and the names of nameless jobs included. */
export const uniqueNames: Rule = (flow) => {
  const first = new Map<string, Placed>();
  return placedJobs(flow).flatMap((placed): readonly Fault[] => {
    const other = first.get(placed.name);
    if (other === undefined) {
      first.set(placed.name, placed);
      return [];
    }
    const path = placed.job.name === undefined ? placed.path : [...placed.path, "name"];
    const where = `${other.phase === "slots" ? "slot" : "finally slot"} ${other.slot + 1}`;
    return [
      { place: { path }, message: `two jobs are named ${quote(placed.name)}; the other is in ${where}` },
    ];
  });
};

/** `onlyIfOk` names jobs of earlier slots. */
export const onlyIfOkIsEarlier: Rule = (flow) => {
  const jobs = placedJobs(flow);
  const byName = new Map(jobs.map((placed) => [placed.name, placed]));
  const faults = new Map<string, Fault>();
  for (const placed of jobs) {
    const written = effective(flow, placed, "onlyIfOk");
    asList(written.value).forEach((name, index) => {
      if (name === undefined) return;
      const target = byName.get(name);
      if (target !== undefined && isBefore(target, placed)) return;
      const path = Array.isArray(written.value) ? [...written.path, index] : written.path;
      const earlier = jobs.filter((other) => isBefore(other, placed)).map((other) => other.name);
      const near = target === undefined ? suggest(name, earlier) : undefined;
      faults.set(path.join("."), {
        place: { path },
        message: target === undefined ? `there is no job ${quote(name)}` : notEarlier(target, placed),
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      });
    });
  }
  return [...faults.values()];
};

function isBefore(a: Placed, b: Placed): boolean {
  return a.phase === b.phase ? a.slot < b.slot : a.phase === "slots";
}

function notEarlier(target: Placed, placed: Placed): string {
  if (target === placed) return `job ${quote(placed.name)} cannot wait for itself`;
  const same = target.phase === placed.phase && target.slot === placed.slot;
  const when = same ? "runs side by side with" : "runs after";
  return `job ${quote(target.name)} ${when} job ${quote(placed.name)}; only jobs of earlier slots have an outcome by then`;
}
