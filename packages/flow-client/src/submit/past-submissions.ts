import { taskKey, type TaskRef } from "@roadrunner/core";

/** What later submissions of an attempt tell of the earlier ones. */
export interface Past {
  /** Wall clock. */
  firstAskedMs?: number;
  bootId?: string;
  order?: "run" | "withdraw" | "kill";
}

/** The pasts of attempts, each from its first submission to its end. */
export class PastSubmissions {
  readonly #pasts = new Map<string, Past>();

  /** The past of this attempt, to read and to add to. */
  of(task: TaskRef): Past {
    const key = attemptKey(task);
    let past = this.#pasts.get(key);
    if (past === undefined) {
      past = {};
      this.#pasts.set(key, past);
    }
    return past;
  }

  /** Whether this attempt was ever asked for, by this process or by one whose run it goes on with. */
  asked(task: TaskRef): boolean {
    return this.#pasts.get(attemptKey(task))?.firstAskedMs !== undefined;
  }

  /** The only submission of this attempt was not taken: nothing of it ever runs. */
  neverAsked(task: TaskRef): void {
    delete this.of(task).firstAskedMs;
  }

  forget(task: TaskRef): void {
    this.#pasts.delete(attemptKey(task));
  }
}

export function attemptKey(task: TaskRef): string {
  return `${taskKey(task)}/${task.attempt}`;
}
