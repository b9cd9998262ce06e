import type { Log } from "@roadrunner/core/service";
import type { Store } from "../store/store.ts";

/** Others name it to operators for a day after it was said last. */
const EVERY_MS = 10 * 60_000;

/** Lets the other coordinators of the store know the key with which this one carries runs, now and again. */
export function announceAgainAndAgain(store: Store, carrier: string | undefined, log: Log): { end(): void } {
  if (carrier === undefined) return { end: () => undefined };
  const announce = async (): Promise<void> => {
    const announced = await store.announceCarrier(carrier);
    if (!announced.ok)
      log.warn("the other coordinators could not be told of this one's key", {
        reason: announced.error.reason,
      });
  };
  void announce();
  const timer = setInterval(() => void announce(), EVERY_MS);
  return { end: () => clearInterval(timer) };
}
