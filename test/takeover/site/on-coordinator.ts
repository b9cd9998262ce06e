import type { Fault } from "../schedule.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Mending } from "./mending.ts";

/** A coordinator that is to be suspended at an append has to make one in this time. */
const APPEND_MS = 5000;

/** Does a fault to a coordinator, and mends it when its time is over. */
export async function onCoordinator(
  coordinator: Coordinator,
  fault: Extract<Fault, { readonly coordinator: number }>,
  mending: Mending,
): Promise<void> {
  switch (fault.kind) {
    case "killCoordinator":
      await coordinator.kill();
      await mending.pass(fault.forMs);
      coordinator.run();
      return;
    case "replaceCoordinator":
      await coordinator.stop();
      await mending.pass(fault.forMs);
      coordinator.run();
      return;
    case "pauseCoordinator":
      coordinator.signal("SIGSTOP");
      await mending.pass(fault.forMs);
      coordinator.signal("SIGCONT");
      return;
    case "pauseAtAppend": {
      const paused = await atAppend(coordinator, mending.signal, () => coordinator.signal("SIGSTOP"));
      if (!paused) return;
      await mending.pass(fault.forMs);
      coordinator.signal("SIGCONT");
      return;
    }
    case "cutStore":
      coordinator.link.cut();
      return;
    case "stallStore":
      coordinator.link.stall();
      await mending.pass(fault.forMs);
      coordinator.link.resume();
      return;
    case "slowStore":
      coordinator.store.delayMs = fault.delayMs;
      await mending.pass(fault.forMs);
      coordinator.store.delayMs = 0;
  }
}

/** False: there was no append in time. */
async function atAppend(coordinator: Coordinator, mendNow: AbortSignal, then: () => void): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    const ended = (done: boolean): void => {
      clearTimeout(late);
      mendNow.removeEventListener("abort", giveUp);
      resolve(done);
    };
    const giveUp = (): void => {
      coordinator.store.onNextAppended(undefined);
      ended(false);
    };
    const late = setTimeout(giveUp, APPEND_MS);
    mendNow.addEventListener("abort", giveUp);
    coordinator.store.onNextAppended(() => {
      then();
      ended(true);
    });
  });
}
