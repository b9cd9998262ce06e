import type { ProgressProbe } from "../server/progress-probe.ts";
import type { TaskTraffic } from "../traffic/task-traffic.ts";
import type { WorkerWatch } from "../server/worker-watch.ts";

const LOOK_EVERY_MS = 250;
/** A worker that is there and free says within this that it will not start what was revoked. */
const ANSWER_MS = 3000;
/** And within this how a lost task stands on its host. */
const LOOK_AT_HOST_MS = 30_000;
/** And within this it has killed one. */
const KILL_MS = 15_000;
/** Of what nobody can hear to start, the end of a kill is waited for no longer. */
const MOST_KILL_MS = 120_000;

interface StopOptions {
  readonly traffic: Pick<TaskTraffic, "unansweredRest">;
  readonly watch: Pick<WorkerWatch, "runs">;
  readonly probe: Pick<ProgressProbe, "passesOn">;
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
  #killedAtMs: number | undefined;
  #asking = false;

  constructor(options: StopOptions) {
    this.#options = options;
  }

  /** The run was asked to stop; `kill`: not to wait for what is not known to run. */
  begin(how: "drain" | "kill"): void {
    if (how === "kill") {
      this.#killedAtMs ??= performance.now();
      this.#quietSinceMs = undefined;
    }
    this.#timer ??= setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { traffic, onNothing } = this.#options;
    const rest = traffic.unansweredRest();
    if (rest === undefined) {
      this.#quietSinceMs = undefined;
      return;
    }
    const now = performance.now();
    this.#quietSinceMs ??= now;
    const lookMs = this.#killedAtMs === undefined ? LOOK_AT_HOST_MS : KILL_MS;
    if (now - this.#quietSinceMs < (rest.lost ? lookMs : ANSWER_MS)) return;
    if (!rest.startsAreHeard) {
      if (this.#asking) return;
      this.#asking = true;
      const runs = await this.#mayRun(rest.functions);
      this.#asking = false;
      if (runs) this.#quietSinceMs = undefined;
      if (runs || traffic.unansweredRest() === undefined) return;
    }
    const tasks = rest.tasks === 1 ? "1 task" : `${rest.tasks} tasks`;
    onNothing(`stopped: nothing is known to run, and no worker answers for ${tasks} that had been submitted`);
  }

  /**
   * Nobody was heard to start anything, and the job server says that tasks of these functions run. They may be about to
   * start; once what runs is to be killed, only what nobody can hear to start is waited for, and not for ever.
   */
  async #mayRun(functions: readonly string[]): Promise<boolean> {
    const { watch, probe } = this.#options;
    if (this.#killedAtMs !== undefined) {
      if (performance.now() - this.#killedAtMs > MOST_KILL_MS || (await probe.passesOn()) === true)
        return false;
    }
    return watch.runs(functions);
  }
}
