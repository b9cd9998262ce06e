import type { JobStanding } from "@roadrunner/engine/story";

/** Fewer ended hosts than this tell nothing of the others. */
const MIN_ENDED = 3;

/**
 * How long a job will still take, in milliseconds, from what was seen of it and from nothing else; undefined
 * while that is too little, and when its last hosts already take longer than any before.
 */
export function estimateMs(job: JobStanding, nowMs: number): number | undefined {
  if (job.startedMs === undefined || job.verdict !== undefined) return undefined;
  const ended = job.ended.size;
  if (ended < Math.min(MIN_ENDED, job.hosts)) return undefined;
  const left = job.hosts - ended;
  const toStart = left - job.running.size;
  if (toStart <= 0) return lastHostsMs(job, nowMs);
  const elapsedMs = nowMs - job.startedMs;
  const pausesMs = job.waitMs * Math.max(0, job.steps - job.step);
  const pausedMs = job.waitMs * Math.max(0, job.step - 1);
  return Math.max(0, ((elapsedMs - pausedMs) * left) / ended) + pausesMs;
}

/** Nothing waits any more: the last started host, if it takes as long as the longest so far. */
function lastHostsMs(job: JobStanding, nowMs: number): number | undefined {
  let leftMs = 0;
  for (const startedMs of job.running.values()) {
    const left = job.longestMs - (nowMs - startedMs);
    if (left < 0) return undefined;
    leftMs = Math.max(leftMs, left);
  }
  return leftMs;
}

/** `about 40 s`, `about 3 min`: no more digits than an estimate has. */
export function aboutDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `about ${Math.max(1, Math.ceil(seconds))} s`;
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} s`;
  const minutes = seconds / 60;
  if (minutes < 55) return `about ${Math.max(1, Math.round(minutes))} min`;
  return `about ${Math.round(minutes / 6) / 10} h`;
}
