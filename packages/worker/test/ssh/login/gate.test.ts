import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Gate } from "../../../src/ssh/login/gate.ts";

test("a gate lets so many in, the others in order, and after an exception too", async () => {
  const gate = new Gate(2);
  const log: string[] = [];
  let inside = 0;
  let most = 0;
  const work = (name: string) =>
    gate.run(async () => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(5);
      inside -= 1;
      log.push(name);
      if (name === "b") throw new Error("b");
    });
  const done = await Promise.allSettled(["a", "b", "c", "d", "e"].map(work));
  expect(done.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
    "fulfilled",
  ]);
  expect(log).toEqual(["a", "b", "c", "d", "e"]);
  expect(most).toBe(2);
});
