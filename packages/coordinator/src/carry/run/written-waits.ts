import type { RunEvent } from "@roadrunner/core";

interface Wait {
  readonly isMeant: (event: RunEvent) => boolean;
  readonly told: (written: boolean) => void;
}

/** Those who wait until what they asked for is written down: before that, whoever takes the run over knows nothing of it. */
export class WrittenWaits {
  readonly #waits = new Set<Wait>();

  /** Whether such an event is written within this time. */
  async until(isMeant: Wait["isMeant"], withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const wait = {
        isMeant,
        told: (written: boolean) => {
          clearTimeout(late);
          this.#waits.delete(wait);
          resolve(written);
        },
      };
      const late = setTimeout(() => wait.told(false), withinMs);
      this.#waits.add(wait);
    });
  }

  written(events: readonly RunEvent[]): void {
    if (this.#waits.size === 0) return;
    for (const wait of this.#waits) if (events.some(wait.isMeant)) wait.told(true);
  }

  /** Nothing more is written here. @param ended so has the run, and nothing of it is left to ask for */
  end(ended: boolean): void {
    for (const wait of this.#waits) wait.told(ended);
  }
}
