import type { WorkloadTask } from "@roadrunner/core";
import { covers } from "./revocations.ts";

interface RunningTask {
  /** See `workKey`; of a task that is not by hand. */
  readonly key: string | undefined;
  readonly task: WorkloadTask | undefined;
  readonly finishes: boolean;
}

/** What this process runs now, so that a kill can find it. */
export class RunningTasks {
  readonly #running = new Map<AbortController, RunningTask>();

  /**
   * Registers a task; call `done` exactly once at its end.
   * @param finishes its command runs to its end without us, and its record will tell how it ended
   */
  begin(
    task: WorkloadTask | undefined,
    finishes: boolean,
    key: string | undefined,
  ): { signal: AbortSignal; done: () => void } {
    const controller = new AbortController();
    this.#running.set(controller, { key, task, finishes });
    return { signal: controller.signal, done: () => this.#running.delete(controller) };
  }

  /** Kills what the scope names; returns how many that were. */
  kill(scope: { run: string; client: string; jobs?: readonly string[] | undefined }, reason: string): number {
    let killed = 0;
    for (const [controller, { task }] of this.#running) {
      if (task !== undefined && covers(scope, task) && !controller.signal.aborted) {
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

  get size(): number {
    return this.#running.size;
  }
}
