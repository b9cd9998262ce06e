import type { SubmittedRun } from "@roadrunner/engine";
import { KILLING, NO_PRESS, pressed, stopAsked, STOPPING, TOO_SOON } from "@roadrunner/engine/words";
import { EXIT } from "../usage/exit-codes.ts";
import { say } from "../usage/say.ts";

/** Hears of stops that are asked for: by signals, and by `rr-submit stop` in another terminal. */
export interface Stops {
  /** What `rr-submit stop` asks of us: as Ctrl-C, but never more than kill. The answer says what was done. */
  asked(): string;
  /** Listens no longer. */
  end(): void;
}

/** The word of `rr-submit stop` to whoever carries the run. */
export const STOP = "stop";

const NAME_OF_STOP = "rr-submit stop";

/**
 * First SIGINT or SIGTERM: nothing new starts, what runs is finished. Second, at least a second later: what
 * runs is killed. Third: exit now, interrupted. SIGHUP ends the view at most.
 * @param run there from the next turn of the event loop on: what it begins is never without these
 */
export function hearStops(run: () => SubmittedRun): Stops {
  let presses = NO_PRESS;
  /** How often it was asked for by now; undefined: this one does not count. */
  const count = (onTooSoon: (count: number) => void): number | undefined => {
    const press = pressed(presses, performance.now());
    if (press.kind === "tooSoon") onTooSoon(presses.count);
    if (press.kind !== "counted") return undefined;
    ({ presses } = press);
    return presses.count;
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    const times = count((before) => {
      const does = before === 1 ? "kill what runs on its hosts" : "exit now and leave on its hosts what runs";
      say(`${TOO_SOON}; press again to ${does}`);
    });
    const name = signal === "SIGINT" ? "Ctrl-C" : signal;
    if (times === 1) {
      say(`${STOPPING} (again: kill what runs on its hosts)`);
      run().stop("drain", name);
    } else if (times === 2) {
      say(`${KILLING} (again: exit now and leave it running)`);
      run().stop("kill", `${name}, again`);
    } else if (times !== undefined) {
      run().abandon(`${name}, three times`);
      setImmediate(() => process.exit(EXIT.infrastructure));
    }
  };
  const asked = (): string => {
    const stop = stopAsked(presses, performance.now());
    ({ presses } = stop);
    if (stop.how !== undefined) {
      say(`${NAME_OF_STOP}: ${stop.how === "drain" ? STOPPING : KILLING}`);
      run().stop(stop.how, stop.how === "drain" ? NAME_OF_STOP : `${NAME_OF_STOP}, again`);
    }
    return stop.text;
  };
  const ignore = (): void => undefined;
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", ignore);
  return {
    asked,
    end: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
      process.off("SIGHUP", ignore);
    },
  };
}
