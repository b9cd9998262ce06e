import type { JobStanding } from "@roadrunner/engine/story";

/** Fewer ended hosts than this tell nothing of the others. */
const MIN_ENDED = 3;

/**
 * How long a job will still take, in milliseconds, from what was seen of it and from nothing else; undefined
 * while that is too little, and when its last hosts already take longer than any before.
 */
export function estimateMs(job: JobStanding, nowMs: number): number | undefined {
  if (job.startedMs === undefined || job.verdict !== undefined) return undefined;
  // Nobody knows when a person will come.
  if (job.watch?.wait?.kind === "hold") return undefined;
  const ended = job.ended.size;
  if (ended < Math.min(MIN_ENDED, job.hosts)) return undefined;
  const left = job.hosts - ended;
  const toStart = left - job.running.size;
  const pausesMs = pausesLeftMs(job, nowMs);
  if (toStart <= 0) {
    const hostsMs = lastHostsMs(job, nowMs);
    return hostsMs === undefined ? undefined : hostsMs + pausesMs;
  }
  const goneMs = Math.max(waitedMs(job, nowMs), job.waitMs * Math.max(0, job.step - 1));
  return Math.max(0, ((nowMs - job.startedMs - goneMs) * left) / ended) + pausesMs;
}

/** Between the steps that are left, and behind the last host; a pause and a bake go by together. */
function pausesLeftMs({ steps, step, waitMs, bakeMs, watch }: JobStanding, nowMs: number): number {
  const between = Math.max(0, steps - step);
  const bake = watch?.wait?.kind === "bake" ? watch.wait : undefined;
  const pausesMs = between * Math.max(waitMs, bakeMs);
  if (bake === undefined) return pausesMs + bakeMs;
  // The one that goes by now is not to come.
  return (
    Math.max(0, (bake.untilMs ?? nowMs) - nowMs) +
    Math.max(0, between - 1) * Math.max(waitMs, bakeMs) +
    (between > 0 ? bakeMs : 0)
  );
}

/** In which no host could start. */
function waitedMs({ watch }: JobStanding, nowMs: number): number {
  if (watch === undefined) return 0;
  const { sums, wait } = watch;
  const thisMs = wait === undefined ? 0 : nowMs - wait.sinceMs;
  return sums.before.ms + sums.bake.ms + sums.hold.ms + thisMs;
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
