import type { Turn } from "./state.ts";
import { announce } from "./state.ts";

/** What was heard of one worker process. */
interface WorkerWord {
  /** Its last end was one that it took the blame for. */
  blamesItself: boolean;
  /** Its tasks in mode `started`. */
  running: number;
  warned: boolean;
}

/** What was heard of the workers. A worker that gave no name counts as one worker, named "". */
export interface Workers {
  readonly byName: Map<string, WorkerWord>;
  /** Ends that no worker took the blame for. */
  goodWords: number;
}

export function noWorkers(): Workers {
  return { byName: new Map(), goodWords: 0 };
}

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
}

/** Warns once of each worker that blames itself. */
export function heardBlame(turn: Turn, name: string | undefined, reason: string): void {
  const word = wordOf(turn.run.workers, name);
  word.blamesItself = true;
  if (word.warned) return;
  word.warned = true;
  const text = `${nameOf(name)} blames itself: ${reason}; its tasks are submitted again. Look at that worker's log.`;
  announce(turn, { type: "warning", text });
}

/**
 * Does every worker blame itself? A machine that sees no workers, only their words, can say so when since
 * `goodWords` no task of the run ended but by a worker's own fault, and when nothing runs on a worker
 * whose last end was in order. One good worker that is busy with long commands is enough for a no.
 */
export function everyWorkerBlamesItself(workers: Workers, goodWords: number): boolean {
  if (workers.goodWords !== goodWords) return false;
  return [...workers.byName.values()].every((word) => word.blamesItself || word.running === 0);
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
