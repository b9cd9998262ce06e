import type { Workers, WorkerWord } from "./workers-heard.ts";
import type { Turn } from "./state.ts";
import { announce } from "./state.ts";

/**
 * Nothing but blame for so long, twice the default connectTimeout, means every worker: a good one that has
 * said nothing yet because it still reaches for a dead host would have given up on that host by then.
 */
const NOTHING_BUT_BLAME_MS = 30_000;

export function workerStarted(workers: Workers, name: string | undefined): void {
  wordOf(workers, name).running += 1;
}

/** The task that this worker ran has ended or was lost. */
export function workerFreed(workers: Workers, name: string | undefined): void {
  wordOf(workers, name).running -= 1;
}

export function heardGood(workers: Workers, name: string | undefined): void {
  wordOf(workers, name).blamesItself = false;
  workers.goodWords += 1;
  workers.blamingSince = undefined;
}

/** Warns once of each worker that blames itself. */
export function heardBlame(turn: Turn, name: string | undefined, reason: string): void {
  const { workers, now } = turn.run;
  const word = wordOf(workers, name);
  word.blamesItself = true;
  workers.blamingSince ??= now;
  if (word.warned) return;
  word.warned = true;
  const text = `${nameOf(name)} blames itself: ${reason}; its tasks are submitted again. Look at that worker's log.`;
  announce(turn, { type: "warning", text });
}

/**
 * What "every worker blames itself" means to a machine that sees no workers, only their words: for a good
 * while every end that came was a worker's own fault, and nothing runs on a worker whose last end was in
 * order. One good worker that is busy with long commands is enough for a no.
 */
export function everyWorkerBlamesItself(workers: Workers, now: number): boolean {
  return !goodWorkerSeen(workers) && now >= sureOfBlameAt(workers, now);
}

/** Does some worker run a command whose last end was in order? */
export function goodWorkerSeen(workers: Workers): boolean {
  return [...workers.byName.values()].some((word) => word.running > 0 && !word.blamesItself);
}

/** When it can be said that every worker blames itself, should no good word come before. */
export function sureOfBlameAt(workers: Workers, now: number): number {
  return (workers.blamingSince ?? now) + NOTHING_BUT_BLAME_MS;
}

export function nameOf(worker: string | undefined): string {
  return worker === undefined ? "a worker" : `worker ${worker}`;
}

function wordOf(workers: Workers, name = ""): WorkerWord {
  let word = workers.byName.get(name);
  if (word === undefined) {
    word = { blamesItself: false, running: 0, warned: false };
    workers.byName.set(name, word);
  }
  return word;
}
