import { expect, it } from "vitest";
import { killAsked, NO_PRESS, stopAsked, type Presses } from "../../src/words/index.ts";

/** What is done at these times, and what is answered. */
function asked(times: readonly number[], ask = stopAsked) {
  let presses: Presses = NO_PRESS;
  return times.map((atMs) => {
    const stop = ask(presses, atMs);
    ({ presses } = stop);
    return [stop.how, stop.text] as const;
  });
}

it("drains first, kills when it is asked again a second later, and then does no more", () => {
  expect(asked([0, 1000, 2000])).toEqual([
    ["drain", expect.stringMatching(/^stopping: .*once more: kill/) as string],
    ["kill", "killing what runs on its hosts"],
    [undefined, expect.stringMatching(/being killed already/) as string],
  ]);
});

it("does nothing within a second, and says so", () => {
  expect(asked([0, 50, 999, 1000]).map(([how, text]) => [how, text.includes("within a second")])).toEqual([
    ["drain", false],
    [undefined, true],
    [undefined, true],
    ["kill", false],
  ]);
});

it("kills at once where that is asked", () => {
  expect(asked([0, 1], killAsked).map(([how]) => how)).toEqual(["kill", undefined]);
});
