import { undoneOf } from "../gates/undo-text.ts";
import type { Whose } from "./report-text.ts";
import { watchJson } from "./watch-json.ts";
import { stageTimes, type JobStory, type OutputGroup, type RunStory } from "@roadrunner/engine/story";

/**
 * A run as one JSON value. Times are ISO 8601, durations milliseconds. `outputs` are gathered: hosts with the same
 * end and output stand together; text as the hosts wrote it, with U+FFFD where it was not UTF-8.
 */
export function reportJson(record: RunStory, { principal }: Whose = {}): object {
  return {
    run: record.run,
    name: record.name,
    verdict: record.verdict ?? "interrupted",
    reason: record.reason ?? record.interrupted,
    started: iso(record.startedMs),
    ended: iso(record.endedMs),
    durationMs: record.endedMs - record.startedMs,
    who: record.who,
    where: record.where,
    principal,
    signedBy: record.signedBy,
    version: record.version,
    file: record.file,
    digest: record.digest,
    params: record.params,
    secretParams: record.secretParams,
    resumed: record.resumed,
    warnings: record.warnings,
    slots: record.slots.map(({ slot, name, isFinally, verdict, confirmedBy, jobs }) => ({
      slot,
      name,
      finally: isFinally,
      verdict: verdict ?? "notEnded",
      confirmedBy,
      jobs: jobs.map(jobJson),
    })),
  };
}

function jobJson(job: JobStory): object {
  return {
    name: job.name,
    command: job.command,
    verdict: job.verdict ?? (job.startedMs === undefined ? "notStarted" : "notEnded"),
    reason: job.reason,
    hosts: job.hosts,
    need: job.need,
    window: job.window,
    started: iso(job.startedMs),
    ended: iso(job.endedMs),
    counts: job.counts,
    changed: job.changed?.size,
    stages: job.stages === undefined ? undefined : stagesJson(job),
    ...watchJson(job.watch),
    undoes: job.undoes,
    undone: undoneJson(job),
    tasks: [...job.tasks.values()].map(({ startedMs, endedMs, outcome, ...task }) => ({
      ...task,
      outcome: outcome ?? "open",
      undo: job.undoneBy?.ended.get(task.host),
      started: iso(startedMs),
      ended: iso(endedMs),
    })),
    outputs: job.groups.sorted().map(groupJson),
  };
}

function undoneJson(job: JobStory): object | undefined {
  const told = undoneOf(job);
  return told === undefined ? undefined : { hosts: told.undone, failed: told.failed, left: told.left };
}

function stagesJson(job: JobStory): readonly object[] {
  return stageTimes(job).map((times) => ({
    ...times,
    outputs: job.stages?.get(times.stage)?.groups.sorted().map(groupJson) ?? [],
  }));
}

function groupJson({ outcome, reason, exitCode, signal, changed, hosts, output }: OutputGroup): object {
  return { outcome, reason, exitCode, signal, changed, hosts: [...hosts], ...output };
}

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
