import { planBodyOf, type SignedText } from "@roadrunner/core/signing";
import type { CarrySite } from "./site.ts";

/** A run that was left to others is not taken back here for so long: each of them looks for runs every 5 s. */
const LEFT_MS = 20_000;
/** One that they did not take stays here for so long. */
const AGAIN_MS = 5 * 60_000;
/** More than are carried at a time; the ones that were left longest ago go first. */
const MOST_LEFT = 1000;

/** Runs that this coordinator may not carry, and leaves to peers that may. Times are of the steady clock, in milliseconds. */
export class LeftToPeers {
  readonly #site: Pick<CarrySite, "store" | "carrier" | "log">;
  readonly #left = new Map<string, number>();

  constructor(site: Pick<CarrySite, "store" | "carrier" | "log">) {
    this.#site = site;
  }

  /** Runs that are not to be taken over now. */
  notNow(nowMs: number): readonly string[] {
    return [...this.#left].filter(([, leftMs]) => nowMs < leftMs + LEFT_MS).map(([run]) => run);
  }

  /** Whether a run is to be left to one of those that its operator signed for; the error says why it is not. */
  async decide(run: string, signed: SignedText, nowMs: number): Promise<"leave" | { readonly stay: string }> {
    const { store, carrier, log } = this.#site;
    const named = (planBodyOf(signed)?.carriers ?? []).filter((key) => key !== carrier);
    const there = await store.carriersNow();
    if (!there.ok)
      return {
        stay: `whether a coordinator that may carry it is there is not known (${there.error.reason})`,
      };
    const peer = there.value.find((key) => named.includes(key));
    if (peer === undefined)
      return {
        stay: `none of the coordinators that may carry it is there (${named.join(", ")}), so start one`,
      };
    const leftMs = this.#left.get(run);
    if (leftMs !== undefined && nowMs < leftMs + AGAIN_MS)
      return {
        stay: `the coordinator with the key ${peer} is there, and did not take it when it was left to it`,
      };
    this.#left.delete(run);
    this.#left.set(run, nowMs);
    for (const oldest of this.#left.keys()) {
      if (this.#left.size <= MOST_LEFT) break;
      this.#left.delete(oldest);
    }
    log.info("a run is left to a coordinator that its operator signed for", { run, key: peer });
    return "leave";
  }
}
