import type { ProgressProbe } from "../server/progress-probe.ts";
import type { TaskTraffic } from "../traffic/task-traffic.ts";

const LOOK_EVERY_MS = 2000;
/** Of a task that is younger nobody is asked. */
const YOUNG_MS = 5000;
/** Time in which this very box stood still says nothing of workers. */
const MOST_COUNTED_MS = 2 * LOOK_EVERY_MS;

interface SilentOptions {
  readonly traffic: Pick<TaskTraffic, "silencesOf">;
  readonly probe: Pick<ProgressProbe, "passesOn">;
}

/**
 * Notices workers that take tasks and say nothing of them: one that hangs, is stopped, or is hostile. Where the job
 * server passes on nothing of what workers say before the end, silence is no sign.
 */
export class SilentWorkers {
  readonly #options: SilentOptions;
  readonly #timer: NodeJS.Timeout;
  #lookedAtMs = performance.now();
  #asking = false;

  constructor(options: SilentOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { traffic, probe } = this.#options;
    const now = performance.now();
    const passedMs = Math.min(now - this.#lookedAtMs, MOST_COUNTED_MS);
    this.#lookedAtMs = now;
    const silences = traffic.silencesOf(YOUNG_MS);
    for (const unheard of silences) unheard.look(passedMs);
    if (this.#asking || !silences.some((unheard) => unheard.isOverdue)) return;
    this.#asking = true;
    const passesOn = await probe.passesOn();
    this.#asking = false;
    if (passesOn !== true) return;
    // Meanwhile one may have said something.
    for (const unheard of traffic.silencesOf(YOUNG_MS)) if (unheard.isOverdue) unheard.giveUp();
  }
}
