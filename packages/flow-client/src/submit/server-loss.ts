import type { GearmanClient } from "@roadrunner/core/gearman";
import { serverInUse } from "./gearman-link.ts";

/** Tells, once, when no job server has answered for `timeoutMs`. */
export class ServerLoss {
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(gearman: GearmanClient, timeoutMs: number, onLoss: () => void) {
    this.#stopListening = gearman.onState(() => {
      if (serverInUse(gearman) !== undefined) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
      } else {
        this.#timer ??= setTimeout(onLoss, timeoutMs);
      }
    });
  }

  stop(): void {
    this.#stopListening();
    clearTimeout(this.#timer);
  }
}
