import type { Log } from "@roadrunner/core/service";
import type { Store } from "../store/store.ts";

/** Operators sign for whoever said so in the last day; its peers leave it what it may carry while that was just now. */
const EVERY_MS = 10_000;
/** Nobody else carries runs of such a store. */
const ALONE_EVERY_MS = 10 * 60_000;

/** Lets the other coordinators of the store know the key with which this one carries runs, now and again, and when it leaves. */
export function announceAgainAndAgain(
  store: Store,
  carrier: string | undefined,
  log: Log,
): { end(): Promise<void> } {
  if (carrier === undefined) return { end: async () => undefined };
  let isUntold = false;
  const announce = async (): Promise<void> => {
    const announced = await store.announceCarrier(carrier);
    if (!announced.ok && !isUntold)
      log.warn("the other coordinators could not be told of this one's key", {
        reason: announced.error.reason,
      });
    isUntold = !announced.ok;
  };
  let last = announce();
  const timer = setInterval(
    () => {
      last = announce();
    },
    store.kind === "sqlite" ? ALONE_EVERY_MS : EVERY_MS,
  );
  return {
    end: async () => {
      clearInterval(timer);
      await last;
      // If that is not heard, it is taken to be there for some seconds more.
      await store.carrierLeaves(carrier);
    },
  };
}
