import type { SubmittedRun } from "@roadrunner/engine";
import { EXIT } from "../usage/exit-codes.ts";
import { say } from "../usage/say.ts";

/** A second signal within this time is taken for the same keypress. */
const SAME_PRESS_MS = 1000;

/**
 * First SIGINT or SIGTERM: nothing new starts, what runs is finished. Second, at least a second later: what
 * runs is killed. Third: exit now, interrupted. SIGHUP ends the view at most. Returns how to stop listening.
 * @param run there from the next turn of the event loop on: what it begins is never without these
 */
export function stopOnSignals(run: () => SubmittedRun): () => void {
  let count = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (now - lastMs < SAME_PRESS_MS) return;
    lastMs = now;
    count += 1;
    if (count === 1) {
      say("stopping: nothing new starts; what runs is finished (again: kill what runs on its hosts)");
      run().stop("drain", signal);
    } else if (count === 2) {
      say("killing what runs on its hosts (again: exit now and leave it running)");
      run().stop("kill", `${signal}, again`);
    } else {
      run().abandon(`${signal}, three times`);
      setImmediate(() => process.exit(EXIT.infrastructure));
    }
  };
  const ignore = (): void => undefined;
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", ignore);
  return () => {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    process.off("SIGHUP", ignore);
  };
}
