import type { Postgres } from "../../support/postgres.ts";
import type { Fault } from "../schedule.ts";
import type { Mending } from "./mending.ts";
import type { StoreDisk } from "./store-disk.ts";

export type StoreFault = Extract<
  Fault,
  { readonly kind: "killStore" | "stopStore" | "pauseStore" | "fillStore" }
>;

/** Does a fault to PostgreSQL, and mends it when its time is over. */
export async function onStore(
  postgres: Postgres,
  disk: StoreDisk,
  fault: StoreFault,
  mending: Mending,
): Promise<void> {
  switch (fault.kind) {
    case "killStore":
      await postgres.kill();
      await mending.pass(fault.forMs);
      await postgres.restart();
      return;
    case "stopStore":
      await postgres.stop();
      await mending.pass(fault.forMs);
      await postgres.restart();
      return;
    case "pauseStore":
      postgres.pause();
      await mending.pass(fault.forMs);
      postgres.continue();
      return;
    case "fillStore":
      disk.fill();
      await mending.pass(fault.forMs);
      disk.free();
      // It ends where it cannot write its log, and then an operator starts it again.
      await postgres.ask("select 1").catch(() => postgres.restart());
  }
}
