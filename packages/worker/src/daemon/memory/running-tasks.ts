import type { WorkloadTask } from "@roadrunner/core";
import { covers } from "./revocations.ts";

/** What a message names: a run of a client, or jobs of it. */
interface Scope {
  readonly run: string;
  readonly client: string;
  readonly jobs?: readonly string[] | undefined;
  readonly stages?: readonly string[] | undefined;
}

interface RunningTask {
  /** See `workKey`; of a task that is not by hand. */
  readonly key: string | undefined;
  readonly task: WorkloadTask | undefined;
  /** Where it runs. */
  readonly host: string | undefined;
  readonly finishes: boolean;
  readonly revoked: AbortController;
}

/** What this process runs now, so that a kill or a revocation can find it. */
export class RunningTasks {
  readonly #running = new Map<AbortController, RunningTask>();

  /**
   * Registers a task; call `done` exactly once at its end.
   * @param host where it runs
   * @param finishes its command runs to its end without us, and its record will tell how it ended
   */
  begin(
    task: WorkloadTask | undefined,
    finishes: boolean,
    key: string | undefined,
    host?: string,
  ): { signal: AbortSignal; revoked: AbortSignal; done: () => void } {
    const controller = new AbortController();
    const revoked = new AbortController();
    this.#running.set(controller, { key, task, host, finishes, revoked });
    return {
      signal: controller.signal,
      revoked: revoked.signal,
      done: () => this.#running.delete(controller),
    };
  }

  /** Tells what the scope names that its command is not to start, if it has not yet. What is only asked about goes on. */
  revoke(scope: Scope): void {
    for (const { task, host, revoked } of this.#running.values())
      if (task !== undefined && (task.order ?? "run") === "run" && covers(scope, task, host)) revoked.abort();
  }

  /** Kills what the scope names; returns how many that were. */
  kill(scope: Scope, reason: string): number {
    let killed = 0;
    for (const [controller, { task, host }] of this.#running) {
      if (task !== undefined && covers(scope, task, host) && !controller.signal.aborted) {
        controller.abort(reason);
        killed += 1;
      }
    }
    return killed;
  }

  /** Kills what could not end without us; the others are left to whoever asks for them next. */
  killAttached(reason: string): void {
    for (const [controller, { finishes }] of this.#running) if (!finishes) controller.abort(reason);
  }

  has(key: string): boolean {
    for (const running of this.#running.values()) if (running.key === key) return true;
    return false;
  }

  get attached(): number {
    let attached = 0;
    for (const { finishes } of this.#running.values()) if (!finishes) attached += 1;
    return attached;
  }

  /** Of those that take a task's place: a gate's check has one of its own. */
  get size(): number {
    let size = 0;
    for (const { task } of this.#running.values()) if (task?.gate === undefined) size += 1;
    return size;
  }
}
