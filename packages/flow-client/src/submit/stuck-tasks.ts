import type { TaskTraffic } from "./task-traffic.ts";
import type { WorkerWatch } from "./worker-watch.ts";

const LOOK_EVERY_MS = 2000;
/** A task that has not started for this long is reason to ask who serves its function. */
const PATIENCE_MS = 10_000;

/**
 * Interrupts the run when tasks wait for a function that no worker serves any more: they would wait for ever.
 */
export class StuckTasks {
  readonly #timer: NodeJS.Timeout;
  /** Since when each function has been seen without a worker. */
  readonly #unservedSince = new Map<string, number>();

  constructor(traffic: TaskTraffic, watch: WorkerWatch, onStuck: (reason: string) => void) {
    this.#timer = setInterval(() => {
      const waiting = traffic.waitingLongerThan(PATIENCE_MS);
      if (waiting.size === 0) {
        this.#unservedSince.clear();
        return;
      }
      void watch.served([...waiting.keys()]).then((served) => {
        const now = performance.now();
        for (const [name, state] of served) {
          if (state !== "notServed") {
            this.#unservedSince.delete(name);
            continue;
          }
          const since = this.#unservedSince.get(name) ?? now;
          this.#unservedSince.set(name, since);
          if (now - since < PATIENCE_MS) continue;
          onStuck(
            `no worker serves ${name} any more; ${waiting.get(name) ?? 0} submitted tasks wait for one`,
          );
        }
      });
    }, LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
