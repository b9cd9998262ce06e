import type { SubmittedRun } from "@roadrunner/engine";
import { EXIT } from "../usage/exit-codes.ts";
import { NO_PRESS, pressed } from "./presses.ts";
import { say } from "../usage/say.ts";

/**
 * First SIGINT or SIGTERM: nothing new starts, what runs is finished. Second, at least a second later: what
 * runs is killed. Third: exit now, interrupted. SIGHUP ends the view at most. Returns how to stop listening.
 * @param run there from the next turn of the event loop on: what it begins is never without these
 */
export function stopOnSignals(run: () => SubmittedRun): () => void {
  let presses = NO_PRESS;
  const onSignal = (signal: NodeJS.Signals): void => {
    const press = pressed(presses, performance.now());
    if (press.kind === "tooSoon") {
      const does =
        presses.count === 1 ? "kill what runs on its hosts" : "exit now and leave on its hosts what runs";
      say(`that was within a second of the last time, and does nothing; press again to ${does}`);
    }
    if (press.kind !== "counted") return;
    ({ presses } = press);
    const { count } = presses;
    const name = signal === "SIGINT" ? "Ctrl-C" : signal;
    if (count === 1) {
      say("stopping: nothing new starts; what runs is finished (again: kill what runs on its hosts)");
      run().stop("drain", name);
    } else if (count === 2) {
      say("killing what runs on its hosts (again: exit now and leave it running)");
      run().stop("kill", `${name}, again`);
    } else {
      run().abandon(`${name}, three times`);
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
