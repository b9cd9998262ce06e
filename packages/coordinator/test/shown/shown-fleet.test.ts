import { expect, it } from "vitest";
import type { Fleet } from "@roadrunner/engine/api";
import { ShownFleet } from "../../src/shown/shown-fleet.ts";

const fleet = (name: string): Fleet => ({ servers: [{ server: name, functions: [] }], workers: [] });

it("asks once for all who ask at the same time and soon after, and again later", async () => {
  let nowMs = 0;
  let asked = 0;
  const answers: ((fleet: Fleet) => void)[] = [];
  const shown = new ShownFleet(
    () => {
      asked += 1;
      return new Promise((resolve) => answers.push(resolve));
    },
    () => nowMs,
  );
  const many = Array.from({ length: 200 }, () => shown.now());
  // It takes its time.
  nowMs = 4000;
  many.push(shown.now());
  answers[0]?.(fleet("first"));
  for (const one of await Promise.all(many)) expect(one).toEqual(fleet("first"));
  nowMs = 5999;
  expect(await shown.now()).toEqual(fleet("first"));
  expect(asked).toBe(1);
  nowMs = 6000;
  const later = shown.now();
  answers[1]?.(fleet("second"));
  expect(await later).toEqual(fleet("second"));
  expect(asked).toBe(2);
});

it("asks again after what went wrong", async () => {
  let nowMs = 0;
  let asked = 0;
  const shown = new ShownFleet(
    () => Promise.reject(new Error(`bug ${(asked += 1)}`)),
    () => nowMs,
  );
  await expect(shown.now()).rejects.toThrow("bug 1");
  nowMs = 2000;
  await expect(shown.now()).rejects.toThrow("bug 2");
});
