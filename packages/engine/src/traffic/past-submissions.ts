import { taskKey, type HostBoot, type TaskEnd, type TaskRef } from "@roadrunner/core";

/** How a task ends that no job server has taken. */
export const NEVER_SUBMITTED: TaskEnd = { outcome: "skipped", reason: "never submitted" };

/** What later submissions of an attempt tell of the earlier ones. */
export interface Past {
  firstAsked?: Moment;
  /** It was started, there; nothing but its host's record may answer from then on. */
  began?: HostBoot;
  /** Its host has been this one since before it was asked for first. */
  boot?: HostBoot;
  order?: "run" | "withdraw" | "kill";
  /** By whose word on the plan it is asked about, where that is not the one that counts now. */
  operator?: string;
  /** A worker that took it said nothing. */
  silent?: true;
}

/** By both clocks: one stands still in a suspended box, the other may be set. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function now(): Moment {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

/** Since then, by the clock that says more. */
function agoMs({ monotonicMs, wallMs }: Moment, now: Moment): number {
  return Math.max(0, now.monotonicMs - monotonicMs, now.wallMs - wallMs);
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

  /**
   * Another process had asked for this attempt. Where a worker had said that it starts it, nobody can tell any more
   * whether it was heard to have begun: it is taken to have.
   */
  askedBefore(task: TaskRef, agoMs: number, started: boolean): void {
    const past = this.of(task);
    const { monotonicMs, wallMs } = now();
    past.firstAsked = { monotonicMs: monotonicMs - agoMs, wallMs: wallMs - agoMs };
    if (started) past.began = {};
  }

  /** Since when it is asked for, and whether it was heard to begin. */
  known(task: TaskRef): { readonly askedMs: number; readonly began: boolean } {
    const { firstAsked, began } = this.of(task);
    return { askedMs: firstAsked === undefined ? 0 : agoMs(firstAsked, now()), began: began !== undefined };
  }

  /** Whether this attempt was ever asked for, by this process or by one whose run it goes on with. */
  asked(task: TaskRef): boolean {
    return this.#pasts.get(attemptKey(task))?.firstAsked !== undefined;
  }

  /** The only submission of this attempt was not taken: nothing of it ever runs. */
  neverAsked(task: TaskRef): void {
    delete this.of(task).firstAsked;
  }

  forget(task: TaskRef): void {
    this.#pasts.delete(attemptKey(task));
  }
}

export function attemptKey(task: TaskRef): string {
  return `${taskKey(task)}/${task.attempt}`;
}
