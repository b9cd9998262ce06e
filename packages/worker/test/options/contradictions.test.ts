import { expect, test } from "vitest";
import { contradictions } from "../../src/options/contradictions.ts";

test.each([
  ["local", undefined, 1],
  ["local", "self", 0],
  ["local", "become", 0],
  ["auto", undefined, 0],
  ["openssh", "self", 0],
] as const)("--transport %s with --allow-local %s: %i", (transport, allowed, count) => {
  const found = contradictions({ transport, "allow-local": allowed });
  expect(found).toHaveLength(count);
  for (const text of found) expect(text).toMatch(/^--transport local .* give --allow-local self or become/);
});
