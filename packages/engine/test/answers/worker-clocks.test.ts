import { describe, expect, it } from "vitest";
import { WorkerClocks } from "../../src/answers/worker-clocks.ts";

describe("a worker's clock", () => {
  it("may differ by a minute in silence", () => {
    const clocks = new WorkerClocks();
    expect([0, 60_000, -60_000].map((aheadMs) => clocks.compare("w1", aheadMs))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is told of when it differs by more, either way, and once a worker", () => {
    const clocks = new WorkerClocks();
    expect(clocks.compare("w1", 61_000)).toMatch(/worker w1 is 61 s ahead of/);
    expect(clocks.compare("w2", -240_000)).toMatch(/worker w2 is 240 s behind/);
    expect(clocks.compare("w1", 61_000)).toBeUndefined();
  });
});
