import type { TaskRef } from "@roadrunner/core";
import { jobKey } from "./job-key.ts";
import { attemptKey } from "./past-submissions.ts";

/** Tasks that were submitted, and of which no worker has said a word. */
export interface UnansweredRest {
  readonly tasks: number;
  /** Some were submitted before, so that their hosts are being asked. */
  readonly lost: boolean;
  /** Functions of the tasks. */
  readonly functions: readonly string[];
  /** Else they may have started, and their workers could not say so. */
  readonly startsAreHeard: boolean;
}

/** Of whom nothing was heard: workers, and tasks that may run. */
export class Silence {
  /** Jobs of which nothing more is to start, or of hosts at these stages alone. */
  readonly #revoked = new Map<string, readonly number[] | undefined>();
  /** Attempts that said they have started, or may have under who left the run, and whose end is not known. */
  readonly #mayRun = new Set<string>();
  readonly #heardOf = new Set<string>();
  /** The job server passes on what workers say of a task before its end: not every one does. */
  #progress = false;

  /** A worker said something of a task before its end. */
  heardProgress(functionName: string): void {
    this.#progress = true;
    this.heard(functionName);
  }

  /** A worker of this function has said something. */
  heard(functionName: string): void {
    this.#heardOf.add(functionName);
  }

  heardOf(functionName: string): boolean {
    return this.#heardOf.has(functionName);
  }

  /** @param stages only these: hosts that are on their way go it to its end */
  revoke(job: Pick<TaskRef, "phase" | "slot" | "job">, stages?: readonly number[]): void {
    this.#revoked.set(jobKey(job), stages);
  }

  isRevoked(task: TaskRef): boolean {
    const stages = this.#revoked.get(jobKey(task));
    return this.#revoked.has(jobKey(task)) && (stages?.includes(task.stage ?? 0) ?? true);
  }

  mayRun(task: TaskRef): void {
    this.#mayRun.add(attemptKey(task));
  }

  settled(task: TaskRef): void {
    this.#mayRun.delete(attemptKey(task));
  }

  /**
   * What is left where nothing is known to run and nothing is to start; undefined: more than that, or nothing.
   * @param waiting tasks that are not submitted yet, by their job
   */
  rest(
    inFlight: Iterable<{ readonly task: TaskRef; readonly functionName: string; readonly again: boolean }>,
    waiting: ReadonlyMap<string, number>,
  ): UnansweredRest | undefined {
    if (this.#mayRun.size > 0) return undefined;
    let tasks = 0;
    let lost = false;
    const functions = new Set<string>();
    for (const { task, functionName, again } of inFlight) {
      if (!this.isRevoked(task)) return undefined;
      tasks += 1;
      functions.add(functionName);
      lost ||= again;
    }
    for (const [job, count] of waiting) {
      // Those of hosts on their way are to start.
      if (!this.#revoked.has(job) || this.#revoked.get(job) !== undefined) return undefined;
      tasks += count;
      // Never submitted, they would have been withdrawn.
      lost = true;
    }
    if (tasks === 0) return undefined;
    return { tasks, lost, functions: [...functions], startsAreHeard: this.#progress };
  }
}
