import { expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startWorker } from "../support/processes.ts";

failOnLeftovers();

it("says what its signals do: a second one kills what would end with it, and leaves the rest alone", async () => {
  const worker = startWorker(["--help"]);
  expect((await worker.exited).code).toBe(0);
  const text = worker.stdout().replaceAll(/\s+/g, " ");
  expect(text).toContain("SIGTERM or SIGINT: take nothing new, finish what runs, then leave.");
  expect(text).toContain(
    "`once` commands run on on their hosts, for another worker to wait for, attached ones are killed.",
  );
});
