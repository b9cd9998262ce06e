import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { EventClock } from "../src/run/clock.ts";
import { nonce, runId } from "../src/run-id.ts";

describe("ids", () => {
  it("names a run by its time and 8 base32 characters", () => {
    expect(runId(Date.UTC(2026, 10, 24, 9, 16, 12), new Uint8Array([255, 255, 255, 255, 255]))).toBe(
      "20261124-091612-77777777",
    );
  });

  it("makes nonces of the length asked for, all different", () => {
    const made = Array.from({ length: 1000 }, () => nonce(8, randomBytes));
    expect(made.every((text) => /^[a-z2-7]{8}$/.test(text))).toBe(true);
    expect(new Set(made).size).toBe(1000);
  });
});

describe("EventClock", () => {
  it("never goes back", () => {
    const clock = new EventClock();
    expect([5.5, 9, 3, 10].map((ms) => clock.at(ms))).toEqual([5, 9, 9, 10]);
  });
});
