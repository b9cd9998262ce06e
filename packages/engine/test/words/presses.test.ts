import { expect, it } from "vitest";
import { NO_PRESS, pressed, type Presses } from "../../src/words/presses.ts";

/** What becomes of presses at these times. */
function told(times: readonly number[]): readonly string[] {
  let presses: Presses = NO_PRESS;
  return times.map((atMs) => {
    const press = pressed(presses, atMs);
    if (press.kind !== "counted") return press.kind;
    ({ presses } = press);
    return String(presses.count);
  });
}

it("counts presses that are a second apart", () => {
  expect(told([0, 1000, 2000])).toEqual(["1", "2", "3"]);
});

it("tells one within a second as too soon, and counts from the one that was meant", () => {
  expect(told([0, 500, 999, 1000])).toEqual(["1", "tooSoon", "tooSoon", "2"]);
});

it("takes what comes at once for one press", () => {
  expect(told([0, 1, 99, 1500, 1501])).toEqual(["1", "same", "same", "2", "same"]);
});
