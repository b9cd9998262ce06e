import { expect, test } from "vitest";
import { seconds } from "../../src/transport/problem.ts";

test("times for people", () => {
  expect([seconds(15_000), seconds(499), seconds(1549)]).toEqual(["15 s", "0.5 s", "1.5 s"]);
});
