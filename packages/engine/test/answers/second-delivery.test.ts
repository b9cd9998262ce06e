import { describe, expect, it } from "vitest";
import { hidesFirstDelivery } from "../../src/answers/second-delivery.ts";

describe("hidesFirstDelivery", () => {
  it.each([
    ["skipped", "w2", [], false],
    ["skipped", "w2", ["w1"], true],
    ["skipped", "w1", ["w1"], false],
    ["skipped", "w1", ["w1", "w1"], true],
    ["unreachable", "w1", [], false],
    ["unreachable", "w1", ["w1"], false],
    ["unreachable", "w2", ["w1"], true],
    ["unreachable", "w1", ["w1", "w1"], true],
    ["refused", "w2", ["w1"], true],
    ["refused", "w1", ["w1"], false],
    ["ok", "w2", ["w1", "w2"], false],
    ["failed", "w2", ["w1"], false],
    ["unknown", "w2", ["w1"], false],
  ] as const)("%s from %s, started by %j: %s", (outcome, worker, startedBy, hides) => {
    expect(hidesFirstDelivery({ outcome, worker }, startedBy)).toBe(hides);
  });
});
