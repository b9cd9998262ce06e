import { expect, it } from "vitest";
import { Gate } from "../../src/carry/gate.ts";

it("lets so many through at once, in the order in which they came, also when one fails", async () => {
  const gate = new Gate(2);
  const told: string[] = [];
  let most = 0;
  let inside = 0;
  const pass = (name: string, fails = false) =>
    gate.through(async () => {
      told.push(name);
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inside -= 1;
      if (fails) throw new Error(name);
    });
  const all = await Promise.allSettled([pass("a"), pass("b", true), pass("c"), pass("d"), pass("e")]);
  expect(all.map(({ status }) => status === "fulfilled")).toEqual([true, false, true, true, true]);
  expect(told).toEqual(["a", "b", "c", "d", "e"]);
  expect(most).toBe(2);
});
