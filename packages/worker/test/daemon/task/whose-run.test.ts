import { describe, expect, it } from "vitest";
import { Epochs } from "../../../src/daemon/memory/epochs.ts";
import { notHis } from "../../../src/daemon/task/whose-run.ts";
import type { OwnedWorkload } from "../../../src/authority/owner.ts";

const log = { info: () => undefined } as never;
const run = "20261124-091612-k3x7p2qa";
const of = (order: "run" | "withdraw" | "kill" | undefined, epoch: number): OwnedWorkload =>
  ({ host: "h1", task: { run, order, epoch, notAfterMs: 1 } }) as OwnedWorkload;

describe("what a coordinator asks whose time for the run is over", () => {
  const epochs = new Epochs();
  epochs.learn({ run, epoch: 2, notAfterMs: 1 });

  it("is not begun", () => {
    for (const order of [undefined, "run"] as const)
      expect(notHis({ epochs, log }, of(order, 2))).toMatchObject({ notTaken: "expired" });
  });

  it("is ended, and learnt, since nothing begins by that, as long as no other one has the run", () => {
    for (const order of ["withdraw", "kill"] as const) {
      expect(notHis({ epochs, log }, of(order, 2))).toBeUndefined();
      expect(notHis({ epochs, log }, of(order, 1))).toMatchObject({
        reason: expect.stringContaining("another coordinator has this run") as string,
      });
    }
  });
});
