import { expect, test } from "vitest";
import * as values from "../../../src/ssh/config/config-values.ts";

test.each([
  ["90", 90_000],
  ["90s", 90_000],
  ["1m30s", 90_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["1W", 604_800_000],
  ["0", 0],
  ["none", 0],
  ["", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["1 m", undefined],
  ["99999999999", undefined],
])("time %j", (text, ms) => {
  expect(values.parseTimeMs(text)).toBe(ms);
});

test.each([
  ["yes", "yes"],
  ["TRUE", "yes"],
  ["ask", "yes"],
  ["accept-new", "accept-new"],
  ["Accept-New", "accept-new"],
  ["no", "no"],
  ["off", "no"],
  ["perhaps", undefined],
])("StrictHostKeyChecking %s", (text, strict) => {
  expect(values.parseStrictness(text)).toBe(strict);
});

test.each([
  ["1", 1],
  ["65535", 65_535],
  ["65536", undefined],
  ["0", undefined],
  ["22 ", undefined],
  ["+22", undefined],
])("port %j", (text, port) => {
  expect(values.parsePort(text)).toBe(port);
});

test("counts and families", () => {
  expect([values.parseCount("3"), values.parseCount("x")]).toEqual([3, undefined]);
  expect(["any", "INET", "inet6", "ip4"].map(values.parseAddressFamily)).toEqual([0, 4, 6, undefined]);
});
