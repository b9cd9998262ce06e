import { foldHosts, OUTCOMES } from "@roadrunner/core";
import type { JobStory, OutputGroup, RunStory } from "@roadrunner/engine/story";
import { safeLine, safeText } from "../text/safe-text.ts";
import { handedOver } from "../outputs/handed-over.ts";
import { bodyOf, textsOf } from "../outputs/group-lines.ts";
import { isTelling, lineDiff } from "../outputs/line-diff.ts";

/** Characters of output in one page; failures come first, what is beyond stays in the journal. */
const MAX_OUTPUT = 6 * 1024 * 1024;
/** Of one group: a longer output ends in a note. */
const MAX_OUTPUT_OF_GROUP = 64 * 1024;

/** Outcomes as the page numbers them; the last is a task without an end. */
const PAGE_OUTCOMES = [...OUTCOMES, "open"] as const;

/**
 * What the page holds of a run, small for 10,000 hosts: names stand once, tasks are columns of numbers. Times are
 * milliseconds since the run's start, -1 for none. All text is harmless: control characters are visible signs.
 */
export function pageData(record: RunStory): object {
  const budget = { left: MAX_OUTPUT };
  const hosts = new Map<string, number>();
  const workers = new Map<string, number>();
  const groups: object[] = [];
  const tasks: Record<Column, number[]> = {
    ...{ job: [], host: [], outcome: [], start: [], end: [], attempt: [] },
    ...{ worker: [], group: [] },
  };
  const { jobs } = record;
  jobs.forEach((job, number) => {
    const groupNumbers = addGroups(job, number, groups, budget);
    for (const task of job.tasks.values()) {
      const group = job.groups.groupOf(task.host);
      tasks.job.push(number);
      tasks.host.push(numberIn(hosts, task.host));
      tasks.outcome.push(PAGE_OUTCOMES.indexOf(task.outcome ?? "open"));
      tasks.start.push(task.startedMs === undefined ? -1 : task.startedMs - record.startedMs);
      tasks.end.push(task.endedMs === undefined ? -1 : task.endedMs - record.startedMs);
      tasks.attempt.push(task.attempt);
      tasks.worker.push(task.worker === undefined ? -1 : numberIn(workers, task.worker));
      tasks.group.push(group === undefined ? -1 : (groupNumbers.get(group) ?? -1));
    }
  });
  return {
    ...headOf(record),
    outcomes: PAGE_OUTCOMES,
    hosts: [...hosts.keys()].map(safeLine),
    workers: [...workers.keys()].map(safeLine),
    jobs: jobs.map((job) => jobData(job, record)),
    tasks,
    groups,
  };
}

type Column = "job" | "host" | "outcome" | "start" | "end" | "attempt" | "worker" | "group";

function headOf(record: RunStory): object {
  const { name, run, verdict, reason, interrupted, who, where, file, version, warnings } = record;
  return {
    run,
    version,
    name: safeLine(name),
    verdict: verdict ?? (interrupted === undefined ? "not ended" : "interrupted"),
    reason: safeLine(reason ?? interrupted ?? ""),
    started: new Date(record.startedMs).toISOString(),
    durationMs: record.endedMs - record.startedMs,
    who: safeLine(who),
    where: safeLine(where),
    file: safeLine(file ?? ""),
    warnings: warnings.map(safeLine),
  };
}

function jobData(job: JobStory, record: RunStory): object {
  return {
    name: job.name,
    slot: job.slot,
    command: safeText(job.command),
    need: job.need,
    hosts: job.hosts,
    ...(job.changed === undefined ? {} : { changed: job.changed.size }),
    verdict: job.verdict ?? (job.startedMs === undefined ? "never started" : "not ended"),
    reason: safeLine(job.reason ?? ""),
    outputs: handedOver(job).map(({ hosts, values }) => safeLine(`outputs of ${hosts}: ${values}`)),
    durationMs: (job.endedMs ?? record.endedMs) - (job.startedMs ?? record.endedMs),
  };
}

function addGroups(
  job: JobStory,
  jobNumber: number,
  groups: object[],
  budget: { left: number },
): ReadonlyMap<OutputGroup, number> {
  const numbers = new Map<OutputGroup, number>();
  const models = new Map<string, readonly string[]>();
  for (const group of job.groups.sorted()) {
    const kind = JSON.stringify([group.outcome, group.reason, group.changed]);
    const body = group.output === undefined ? [] : textsOf(bodyOf(group.output));
    numbers.set(group, groups.length);
    // What is missing would be told as a difference.
    const isLost = group.output?.lost === true;
    groups.push(groupData(group, body, isLost ? undefined : models.get(kind), jobNumber, budget));
    if (!isLost && !models.has(kind)) models.set(kind, body);
  }
  return numbers;
}

function groupData(
  group: OutputGroup,
  body: readonly string[],
  model: readonly string[] | undefined,
  job: number,
  budget: { left: number },
): object {
  const { outcome, reason, exitCode, signal, changed, hosts } = group;
  const text = body.join("\n");
  const limit = Math.min(MAX_OUTPUT_OF_GROUP, budget.left);
  const shown = bothEndsOf(text, limit);
  budget.left -= shown.length;
  const changes = model === undefined || shown === "" ? [] : lineDiff(model, body);
  const isShort = isTelling(changes, body);
  if (isShort) budget.left -= changes.reduce((sum, { line }) => sum + line.length, 0);
  return {
    job,
    outcome: PAGE_OUTCOMES.indexOf(outcome),
    reason: safeLine(reason ?? ""),
    exit: exitCode ?? signal ?? (changed === false ? "not changed" : ""),
    hosts: hosts.size,
    folded: foldHosts([...hosts]),
    text: shown,
    ...(isShort ? { diff: changes.map(({ sign, line }) => sign + line) } : {}),
  };
}

/** Of a text that is too long the first quarter and the end: what went wrong stands mostly there. */
function bothEndsOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const first = Math.floor(limit / 4);
  const gap = `\n… ${text.length - limit} characters are left out here; they stand in the journal only\n`;
  return text.slice(0, first) + gap + text.slice(text.length - (limit - first));
}

function numberIn(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, names.size);
  return names.size - 1;
}
