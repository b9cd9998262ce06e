import type { TaskTraffic } from "../traffic/task-traffic.ts";
import type { WorkerWatch } from "../server/worker-watch.ts";

const LOOK_EVERY_MS = 2000;
/** A task that has not started for this long is reason to ask who serves its function. */
const PATIENCE_MS = 10_000;

interface StuckOptions {
  readonly traffic: Pick<TaskTraffic, "waitingLongerThan" | "heardOf">;
  readonly watch: WorkerWatch;
  /** Where the job server cannot tell, no word of any worker for so long is the test. */
  readonly unheardMs: number;
  readonly onStuck: (reason: string) => void;
}

/**
 * Interrupts the run when tasks wait for a function that no worker serves any more: they would wait for ever. A job
 * server that does not say who is there is asked again, for as long as the run lasts.
 */
export class StuckTasks {
  readonly #options: StuckOptions;
  readonly #timer: NodeJS.Timeout;
  /** Since when each function has been seen without a worker. An answer that says nothing changes nothing of it. */
  readonly #unservedSince = new Map<string, number>();
  #asking = false;

  constructor(options: StuckOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { traffic, watch } = this.#options;
    const waiting = traffic.waitingLongerThan(PATIENCE_MS);
    if (waiting.size === 0) this.#unservedSince.clear();
    if (waiting.size === 0 || this.#asking) return;
    this.#asking = true;
    const served = await watch.served([...waiting.keys()]);
    this.#asking = false;
    const now = performance.now();
    for (const [name, state] of served) {
      if (state === "served") this.#unservedSince.delete(name);
      else if (state === "notServed") this.#unserved(name, now, waiting.get(name) ?? 0);
      else this.#unheard(name);
    }
  }

  #unserved(name: string, now: number, tasks: number): void {
    const since = this.#unservedSince.get(name) ?? now;
    this.#unservedSince.set(name, since);
    if (now - since < PATIENCE_MS) return;
    this.#options.onStuck(`no worker serves ${name} any more; ${tasks} submitted tasks wait for one`);
  }

  #unheard(name: string): void {
    const { traffic, unheardMs, onStuck } = this.#options;
    const tasks = traffic.waitingLongerThan(unheardMs).get(name) ?? 0;
    if (tasks === 0 || traffic.heardOf(name)) return;
    const seconds = Math.round(unheardMs / 1000);
    onStuck(
      `no worker of ${name} took a task in ${seconds} s, and the job server cannot tell whether there is one; ` +
        `a larger --wait-for-workers waits longer`,
    );
  }
}
