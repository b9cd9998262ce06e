import type { WorkloadTask } from "@roadrunner/core";
import { covers } from "./revocations.ts";

/** What this process runs now, so that a kill can find it. */
export class RunningTasks {
  readonly #running = new Map<AbortController, WorkloadTask | undefined>();

  /** Registers a task; call `done` exactly once at its end. */
  begin(task: WorkloadTask | undefined): { signal: AbortSignal; done: () => void } {
    const controller = new AbortController();
    this.#running.set(controller, task);
    return { signal: controller.signal, done: () => this.#running.delete(controller) };
  }

  /** Kills what the scope names; returns how many that were. */
  kill(scope: { run: string; client: string; jobs?: readonly string[] | undefined }, reason: string): number {
    let killed = 0;
    for (const [controller, task] of this.#running) {
      if (task !== undefined && covers(scope, task) && !controller.signal.aborted) {
        controller.abort(reason);
        killed += 1;
      }
    }
    return killed;
  }

  killAll(reason: string): void {
    for (const controller of this.#running.keys()) controller.abort(reason);
  }

  get size(): number {
    return this.#running.size;
  }
}
