import type { ServerAddress } from "@roadrunner/core/gearman";
import { PoolSeal, type PoolKey } from "@roadrunner/core/signing";
import { askFleet, Wrapping } from "@roadrunner/engine";
import type { Fleet } from "@roadrunner/engine/api";

/** However many ask, job servers and workers are asked once in this time. */
const KEPT_MS = 2000;

/** Job servers and workers as they stood a moment ago, for many who ask. */
export class ShownFleet {
  readonly #ask: () => Promise<Fleet>;
  readonly #nowMs: () => number;
  #asked: Promise<Fleet> | undefined;
  /** When that was answered; undefined: it is not yet. */
  #answeredMs: number | undefined;

  constructor(ask: () => Promise<Fleet>, nowMs = () => performance.now()) {
    this.#ask = ask;
    this.#nowMs = nowMs;
  }

  now(): Promise<Fleet> {
    const isOld = this.#answeredMs !== undefined && this.#nowMs() - this.#answeredMs >= KEPT_MS;
    if (this.#asked === undefined || isOld) this.#asked = this.#anew();
    return this.#asked;
  }

  async #anew(): Promise<Fleet> {
    this.#answeredMs = undefined;
    try {
      return await this.#ask();
    } finally {
      this.#answeredMs = this.#nowMs();
    }
  }
}

/** @param poolKeys the first one seals what workers are asked; none: nothing does */
export function fleetOf(servers: readonly ServerAddress[], poolKeys: readonly PoolKey[]): ShownFleet {
  const [first, ...others] = poolKeys;
  const seal = first === undefined ? undefined : new PoolSeal([first, ...others]);
  return new ShownFleet(() => askFleet(servers, new Wrapping(undefined, seal)));
}
