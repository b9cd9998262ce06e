import { nameAmong, type JobStory, type OutputGroup, type TaskStory } from "@roadrunner/engine/story";
import { PAGE_OUTCOMES } from "./page-groups.ts";

type Column = "task" | "stage" | "outcome" | "start" | "end" | "attempt" | "reason" | "worker" | "group";

/** Each attempt of each stage of each host, task after task, as columns of numbers; -1 for none. */
export type PageWays = Readonly<Record<Column, number[]>>;

/** How the page numbers what a row names. */
interface Numbers {
  readonly task: number;
  readonly since: (ms: number | undefined) => number;
  readonly reason: (text: string) => number;
  readonly worker: (name: string) => number;
  readonly group: (group: OutputGroup) => number | undefined;
}

export function newPageWays(): PageWays {
  return {
    ...{ task: [], stage: [], outcome: [], start: [], end: [], attempt: [] },
    ...{ reason: [], worker: [], group: [] },
  };
}

/** Adds the way of one host, with the stage at which it is where that has no end. */
export function addWay(ways: PageWays, job: JobStory, task: TaskStory, numbers: Numbers): void {
  const { stages = [], host } = task;
  const names = [...(job.stages?.keys() ?? [])];
  const lastOf = new Map(stages.map((one, index) => [nameAmong(job.stages, one), index]));
  stages.forEach((one, index) => {
    const group = job.stages?.get(nameAmong(job.stages, one))?.groups.groupOf(host);
    ways.task.push(numbers.task);
    ways.stage.push(names.indexOf(nameAmong(job.stages, one)));
    ways.outcome.push(PAGE_OUTCOMES.indexOf(one.outcome));
    ways.start.push(numbers.since(one.startedMs));
    ways.end.push(numbers.since(one.endedMs));
    ways.attempt.push(one.attempt);
    ways.reason.push(one.reason === undefined ? -1 : numbers.reason(one.reason));
    ways.worker.push(one.worker === undefined ? -1 : numbers.worker(one.worker));
    // The output that is kept is that of its last attempt.
    const isLast = lastOf.get(nameAmong(job.stages, one)) === index;
    ways.group.push(group === undefined || !isLast ? -1 : (numbers.group(group) ?? -1));
  });
  const at = task.outcome === undefined ? job.ways?.get(host) : undefined;
  if (at === undefined || at.isOver) return;
  ways.task.push(numbers.task);
  ways.stage.push(names.indexOf(nameAmong(job.stages, at)));
  ways.outcome.push(PAGE_OUTCOMES.indexOf("open"));
  ways.start.push(numbers.since(at.sinceMs));
  for (const column of ["end", "reason", "worker", "group"] as const) ways[column].push(-1);
  ways.attempt.push(1);
}
