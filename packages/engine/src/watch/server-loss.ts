import type { GearmanClient } from "@roadrunner/core/gearman";
import { serverInUse } from "../server/gearman-link.ts";

/** A connection that is lost sooner has not answered: a server that comes and goes is as good as none. */
const HELD_MS = 5000;
/** Job servers that mix up their jobs are given up after so many connections, and the first may be bad luck. */
const MOST_MIX_UPS = 3;

export interface ServerLossOptions {
  readonly gearman: GearmanClient;
  /** Names of the job servers, for messages. */
  readonly serverNames: string;
  readonly timeoutMs: number;
  readonly onLoss: (reason: string) => void;
}

/** Tells when no job server has held a connection for `timeoutMs`, or when they cannot tell their jobs apart. */
export class ServerLoss {
  readonly #options: ServerLossOptions;
  readonly #stopListening: () => void;
  #lost: NodeJS.Timeout | undefined;
  #held: NodeJS.Timeout | undefined;
  #mixUps = 0;

  constructor(options: ServerLossOptions) {
    this.#options = options;
    const { gearman, timeoutMs, onLoss, serverNames } = options;
    this.#stopListening = gearman.onState((state) => {
      clearTimeout(this.#held);
      if (state.type === "down" && state.mixesUp === true) this.#mixedUp(state.reason);
      if (serverInUse(gearman) === undefined) {
        const seconds = Math.round(timeoutMs / 1000);
        this.#lost ??= setTimeout(
          () => onLoss(`no job server answered for ${seconds} s, or none for long (${serverNames})`),
          timeoutMs,
        );
      } else {
        this.#held = setTimeout(() => this.#isBack(), Math.min(HELD_MS, timeoutMs / 2));
      }
    });
  }

  stop(): void {
    this.#stopListening();
    clearTimeout(this.#lost);
    clearTimeout(this.#held);
  }

  #isBack(): void {
    clearTimeout(this.#lost);
    this.#lost = undefined;
  }

  #mixedUp(reason: string): void {
    this.#mixUps += 1;
    if (this.#mixUps === MOST_MIX_UPS)
      this.#options.onLoss(
        `the job server (${this.#options.serverNames}) cannot be used as it is: ${reason}`,
      );
  }
}
