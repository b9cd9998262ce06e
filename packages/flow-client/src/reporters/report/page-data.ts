import { stageTimes, type JobStory, type RunStory } from "@roadrunner/engine/story";
import { safeLine, safeText } from "../text/safe-text.ts";
import { answerLine, confirmedText, countsText, questionText } from "../gates/gate-words.ts";
import { jobTitle } from "../gates/job-title.ts";
import { thenUndone, undoText } from "../gates/undo-text.ts";
import { waitLines } from "../gates/watch-summary.ts";
import { handedOver } from "../outputs/handed-over.ts";
import { notOkText } from "../outputs/stage-table.ts";
import { addGroups, pageBudget, PAGE_OUTCOMES } from "./page-groups.ts";
import { addWay, newPageWays } from "./page-ways.ts";

/**
 * What the page holds of a run, small for 10,000 hosts: names stand once, tasks are columns of numbers. Times are
 * milliseconds since the run's start, -1 for none. All text is harmless: control characters are visible signs.
 */
export function pageData(record: RunStory, principal = ""): object {
  const budget = pageBudget();
  const hosts = new Map<string, number>();
  const workers = new Map<string, number>();
  const groups: object[] = [];
  const tasks: Record<Column, number[]> = {
    ...{ job: [], host: [], outcome: [], start: [], end: [], attempt: [] },
    ...{ worker: [], group: [], undo: [] },
  };
  const ways = newPageWays();
  const reasons = new Map<string, number>();
  const undone = new Map([["", 0]]);
  const { jobs } = record;
  const since = (ms: number | undefined): number => (ms === undefined ? -1 : ms - record.startedMs);
  jobs.forEach((job, number) => {
    const groupNumbers = addGroups(job, number, groups, budget);
    for (const task of job.tasks.values()) {
      const group = job.groups.groupOf(task.host);
      tasks.job.push(number);
      tasks.host.push(numberIn(hosts, task.host));
      tasks.outcome.push(PAGE_OUTCOMES.indexOf(task.outcome ?? "open"));
      tasks.start.push(since(task.startedMs));
      tasks.end.push(since(task.endedMs));
      tasks.attempt.push(task.attempt);
      tasks.worker.push(task.worker === undefined ? -1 : numberIn(workers, task.worker));
      tasks.group.push(group === undefined ? -1 : (groupNumbers.get(group) ?? -1));
      tasks.undo.push(numberIn(undone, thenUndone(job, task.host)));
      addWay(ways, job, task, {
        task: tasks.host.length - 1,
        since,
        reason: (text) => numberIn(reasons, text),
        worker: (name) => numberIn(workers, name),
        group: (one) => groupNumbers.get(one),
      });
    }
  });
  return {
    ...headOf(record),
    confirmed: record.slots.flatMap(({ slot, confirmedBy }) =>
      confirmedBy === undefined ? [] : [`slot ${slot}${confirmedText(confirmedBy)}`],
    ),
    principal: safeLine(principal),
    outcomes: PAGE_OUTCOMES,
    hosts: [...hosts.keys()].map(safeLine),
    workers: [...workers.keys()].map(safeLine),
    jobs: jobs.map((job) => jobData(job, record)),
    tasks,
    ways,
    reasons: [...reasons.keys()].map(safeLine),
    undone: [...undone.keys()],
    groups,
  };
}

type Column = "job" | "host" | "outcome" | "start" | "end" | "attempt" | "worker" | "group" | "undo";

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
    name: safeLine(jobTitle(job)),
    slot: job.slot,
    command: safeText(job.command),
    need: job.need,
    isUndo: job.undoes !== undefined,
    hosts: job.hosts,
    ...(job.changed === undefined ? {} : { changed: job.changed.size }),
    verdict: job.verdict ?? (job.startedMs === undefined ? "never started" : "not ended"),
    reason: safeLine(job.reason ?? ""),
    ...(job.stages === undefined ? {} : { stages: stagesData(job) }),
    ...watchData(job, record),
    outputs: handedOver(job).map(({ hosts, values }) => safeLine(`outputs of ${hosts}: ${values}`)),
    durationMs: (job.endedMs ?? record.endedMs) - (job.startedMs ?? record.endedMs),
  };
}

/** What its gates said, what led to holds and to its failure, and for what it waited how long. */
function watchData(job: JobStory, record: RunStory): object {
  const { watch } = job;
  const undone = undoText(job, true);
  const told = undone === undefined ? {} : { undone };
  if (watch === undefined) return told;
  const failed = new Set(watch.failed?.map(({ gate }) => gate));
  return {
    ...told,
    gates: Array.from(watch.gates.values(), (gate) => ({
      name: safeLine(gate.name),
      asks: safeLine(questionText(gate.plan)),
      counts: countsText(gate),
      failed: failed.has(gate.name),
      last: gate.last.map(answerLine),
    })),
    waits: waitLines(job, record),
  };
}

function stagesData(job: JobStory): readonly object[] {
  return stageTimes(job).map((times) => ({
    name: safeLine(times.stage),
    ok: times.ok,
    medianMs: times.medianMs ?? -1,
    slowestMs: times.slowest?.ms ?? -1,
    slowest: safeLine(times.slowest?.host ?? ""),
    notOk: safeLine(notOkText(times)),
  }));
}

function numberIn(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, names.size);
  return names.size - 1;
}
