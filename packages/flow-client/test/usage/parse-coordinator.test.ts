import { expect, it } from "vitest";
import { parseCoordinator } from "../../src/usage/parse-coordinator.ts";

it.each(["unix:/run/rr.sock", "/run/rr.sock"])("%s is a coordinator's socket", (text) => {
  expect(parseCoordinator(text)).toEqual({ ok: true, value: { path: "/run/rr.sock" } });
});

it.each([
  ["https://rr:8443", /comes later/],
  ["unix:run/rr.sock", /absolute path/],
  ["rr", /absolute path/],
  ["unix:/run/\0", /is not a path/],
  [`unix:/${"a".repeat(107)}`, /at most 107 bytes, and this one has 108/],
])("%j is none, and why is told", (text, why) => {
  expect(parseCoordinator(text)).toEqual({ ok: false, error: expect.stringMatching(why) as string });
});
