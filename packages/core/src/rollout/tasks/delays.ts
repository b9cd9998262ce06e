import type { TaskRef } from "../machine-events.ts";

/** Waits grow up to this, or stay as they are where the flow asks for a longer one. */
const RETRY_CAP_MS = 300_000;
const LOST_CAP_MS = 30_000;

/**
 * Wait before the attempt after `task`: doubling, spread by ±25% so that a thousand hosts do not come back
 * at one moment, capped. A function of seed and task, so that a replay waits alike.
 *
 * @param failedBefore attempts of this run that failed before `task`; a resumed run counts its own.
 */
export function retryDelayMs(baseMs: number, failedBefore: number, seed: number, task: TaskRef): number {
  const cap = Math.max(baseMs, RETRY_CAP_MS);
  const doubled = Math.min(cap, baseMs * 2 ** failedBefore);
  return Math.min(cap, Math.round(doubled * (0.75 + fraction(seed, task) / 2)));
}

/** Wait before a task whose worker took the blame is submitted again: 1 s, 2 s, 4 s. */
export function resubmitDelayMs(resubmissionsBefore: number): number {
  return 1000 * 2 ** resubmissionsBefore;
}

/** Wait before a lost task is asked again: at once, then 1, 2, 4 … 30 s. */
export function askAgainDelayMs(asksBefore: number): number {
  return asksBefore === 0 ? 0 : Math.min(LOST_CAP_MS, 1000 * 2 ** (asksBefore - 1));
}

/** From 0 to below 1, evenly spread over tasks: each number is mixed in by MurmurHash3's finalizer. */
function fraction(seed: number, task: TaskRef): number {
  let hash = mix(seed);
  const numbers = [task.phase === "slots" ? 0 : 1, task.slot, task.job, task.host, task.attempt];
  if (task.stage !== undefined) numbers.push(task.stage);
  for (const number of numbers) hash = mix(hash ^ mix(number + 1));
  return hash / 2 ** 32;
}

function mix(value: number): number {
  let hash = (value + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
