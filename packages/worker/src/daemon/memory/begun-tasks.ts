import type { HostBoot } from "@roadrunner/core";

/** Far more than come back to one worker; the oldest go first. */
const MAX_BEGUN = 20_000;

/**
 * The `once` tasks whose start this process has heard. The job server may have been lost before it told the client, and
 * the client's next question then does not say so.
 */
export class BegunTasks {
  readonly #begun = new Map<string, HostBoot>();

  /** @param key see `workKey` */
  note(key: string | undefined, boot: HostBoot): void {
    if (key === undefined) return;
    this.#begun.delete(key);
    this.#begun.set(key, boot);
    for (const oldest of this.#begun.keys()) {
      if (this.#begun.size <= MAX_BEGUN) break;
      this.#begun.delete(oldest);
    }
  }

  where(key: string | undefined): HostBoot | undefined {
    return key === undefined ? undefined : this.#begun.get(key);
  }
}
