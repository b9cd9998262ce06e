import { ReplayMemory } from "@roadrunner/core/signing";
import { describe, expect, it } from "vitest";

describe("submissions that were taken", () => {
  it("are new once, until their time is over", () => {
    const memory = new ReplayMemory();
    expect(memory.take("a", 100, 0)).toBe("new");
    expect(memory.take("b", 100, 0)).toBe("new");
    expect(memory.take("a", 100, 100)).toBe("seen");
    expect(memory.take("a", 300, 101)).toBe("new");
  });

  it("are forgotten afterwards, so that memory does not grow with the days", () => {
    const memory = new ReplayMemory();
    for (let at = 0; at < 10_000; at += 1) memory.take(`unique ${at}`, at + 100, at);
    expect(memory.size).toBeLessThan(200);
  });

  it("are not forgotten for lack of room: then nothing more is taken", () => {
    const memory = new ReplayMemory(2);
    expect(memory.take("a", 100, 0)).toBe("new");
    expect(memory.take("b", 50, 0)).toBe("new");
    expect(memory.take("c", 100, 0)).toBe("full");
    expect(memory.take("a", 100, 0)).toBe("seen");
    expect(memory.take("c", 100, 51)).toBe("new");
  });
});
