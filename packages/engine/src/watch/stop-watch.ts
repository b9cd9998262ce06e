import type { TaskTraffic } from "../traffic/task-traffic.ts";
import type { WorkerWatch } from "../server/worker-watch.ts";

const LOOK_EVERY_MS = 250;
/** A worker that is there and free says within this that it will not start what was revoked. */
const ANSWER_MS = 3000;
/** And within this how a lost task stands on its host. */
const LOOK_AT_HOST_MS = 30_000;

interface StopOptions {
  readonly traffic: Pick<TaskTraffic, "unansweredRest">;
  readonly watch: Pick<WorkerWatch, "runs">;
  readonly onNothing: (reason: string) => void;
}

/**
 * A stop that finds nothing running ends the run at once, whatever the job server says. What was submitted and never
 * started is answered by the workers as revoked; where none answers, the run is left open.
 */
export class StopWatch {
  readonly #options: StopOptions;
  #timer: NodeJS.Timeout | undefined;
  #quietSinceMs: number | undefined;
  #asking = false;

  constructor(options: StopOptions) {
    this.#options = options;
  }

  /** The run was asked to stop. */
  begin(): void {
    this.#timer ??= setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { traffic, watch, onNothing } = this.#options;
    const rest = traffic.unansweredRest();
    if (rest === undefined) {
      this.#quietSinceMs = undefined;
      return;
    }
    this.#quietSinceMs ??= performance.now();
    if (performance.now() - this.#quietSinceMs < (rest.lost ? LOOK_AT_HOST_MS : ANSWER_MS)) return;
    if (!rest.startsAreHeard) {
      // A job server that passes on no progress, as the Perl one, can say that something runs: it may be ours.
      if (this.#asking) return;
      this.#asking = true;
      const runs = await watch.runs(rest.functions);
      this.#asking = false;
      if (runs) this.#quietSinceMs = undefined;
      if (runs || traffic.unansweredRest() === undefined) return;
    }
    const tasks = rest.tasks === 1 ? "1 task" : `${rest.tasks} tasks`;
    onNothing(`stopped: nothing is known to run, and no worker answers for ${tasks} that had been submitted`);
  }
}
