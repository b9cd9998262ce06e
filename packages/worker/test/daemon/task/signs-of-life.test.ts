import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parseProgress } from "@roadrunner/core";
import { SIGN_OF_LIFE_MS, SignsOfLife } from "../../../src/daemon/task/signs-of-life.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("says that it runs, from its begin to its end, as often as was promised", () => {
  const said: string[] = [];
  const life = new SignsOfLife(async (line) => said.push(line) > 0);
  vi.advanceTimersByTime(2 * SIGN_OF_LIFE_MS);
  expect(said).toEqual([]);
  life.begin();
  life.begin(); // the task was held back, and is asked about with another order
  vi.advanceTimersByTime(2 * SIGN_OF_LIFE_MS);
  expect(said.map(parseProgress)).toEqual(
    ["running", "running"].map((type) => ({ ok: true, value: { type, v: 1 } })),
  );
  life.end();
  vi.advanceTimersByTime(2 * SIGN_OF_LIFE_MS);
  expect(said).toHaveLength(2);
});
