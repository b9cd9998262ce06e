import type { Log } from "@roadrunner/core/service";
import type { CoordinatorOptions } from "../options/options.ts";
import type { Store } from "../store/store.ts";

const EVERY_MS = 3_600_000;
/** What is kept for ever. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** Removes what is old from the store, now and each hour. */
export function pruneAgainAndAgain(
  store: Store,
  options: Pick<CoordinatorOptions, "prune-runs" | "prune-output">,
  log: Log,
): { end(): void } {
  const ages = { runsMs: options["prune-runs"] ?? NEVER_MS, outputMs: options["prune-output"] ?? NEVER_MS };
  const prune = async (): Promise<void> => {
    const pruned = await store.prune(ages);
    if (!pruned.ok)
      log.warn("what is old could not be removed from the store", { reason: pruned.error.reason });
    else if (pruned.value.runs + pruned.value.outputs > 0)
      log.info("what is old was removed from the store", pruned.value);
  };
  void prune();
  const timer = setInterval(() => void prune(), EVERY_MS);
  return { end: () => clearInterval(timer) };
}
