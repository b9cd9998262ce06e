import type { TaskTraffic } from "./task-traffic.ts";

const LOOK_EVERY_MS = 250;
/** A worker that is there and free says within this that it will not start what was revoked. */
const ANSWER_MS = 3000;
/** And within this how a lost task stands on its host. */
const LOOK_AT_HOST_MS = 30_000;

/**
 * A stop that finds nothing running ends the run at once, whatever the job server says. What was submitted and never
 * started is answered by the workers as revoked; where none answers, the run is left open.
 */
export class StopWatch {
  readonly #traffic: Pick<TaskTraffic, "unansweredRest">;
  readonly #leave: (reason: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #quietSinceMs: number | undefined;

  constructor(traffic: Pick<TaskTraffic, "unansweredRest">, leave: (reason: string) => void) {
    this.#traffic = traffic;
    this.#leave = leave;
  }

  /** The run was asked to stop. */
  begin(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const rest = this.#traffic.unansweredRest();
    if (rest === undefined) {
      this.#quietSinceMs = undefined;
      return;
    }
    this.#quietSinceMs ??= performance.now();
    if (performance.now() - this.#quietSinceMs < (rest.lost ? LOOK_AT_HOST_MS : ANSWER_MS)) return;
    const tasks = rest.tasks === 1 ? "1 task" : `${rest.tasks} tasks`;
    this.#leave(
      `stopped; nothing is known to run, and no worker answers for ${tasks} that had been submitted`,
    );
  }
}
