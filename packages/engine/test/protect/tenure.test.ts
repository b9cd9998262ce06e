import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Tenure, type Stamp } from "../../src/protect/tenure.ts";

const T0 = Date.parse("2026-11-29T06:00:00Z");

function tenureOf(epoch: number) {
  const announced: { stamp: Stamp; heard: () => void }[] = [];
  const lease = { untilMs: T0 + 20_000 };
  let pumped = 0;
  const tenure = new Tenure({
    ownership: { epoch, heldUntilMs: () => lease.untilMs },
    announce: async (stamp) => new Promise((heard) => announced.push({ stamp, heard })),
    onMayStart: () => {
      pumped += 1;
    },
  });
  return { tenure, announced, lease, pumped: () => pumped };
}

describe("a run that others may take over", () => {
  beforeEach(() => void vi.useFakeTimers({ now: T0, toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  it("starts at once in its first epoch, and tells nobody", () => {
    const { tenure, announced, pumped } = tenureOf(1);
    expect(tenure.mayStart).toBe(false);
    tenure.begin();
    expect([tenure.mayStart, pumped(), announced.length]).toEqual([true, 1, 0]);
  });

  it("starts in a later one when the workers know of it", async () => {
    const { tenure, announced, pumped } = tenureOf(3);
    tenure.begin();
    tenure.renewed(false);
    expect([tenure.mayStart, pumped()]).toEqual([false, 0]);
    expect(announced.map(({ stamp }) => stamp)).toEqual([{ epoch: 3, notAfterMs: T0 + 20_000 }]);
    announced[0]?.heard();
    await new Promise((resolve) => setImmediate(resolve));
    expect([tenure.mayStart, pumped()]).toEqual([true, 1]);
  });

  it("starts nothing when its lease is over, and goes on when it was renewed", () => {
    const { tenure, lease, pumped } = tenureOf(1);
    tenure.begin();
    vi.setSystemTime(T0 + 20_000);
    expect(tenure.mayStart).toBe(false);
    lease.untilMs = T0 + 40_000;
    tenure.renewed(false);
    expect([tenure.mayStart, pumped()]).toEqual([true, 2]);
  });

  it("announces itself again where submissions wait for long", () => {
    const { tenure, announced, lease } = tenureOf(1);
    tenure.begin();
    lease.untilMs = T0 + 25_000;
    tenure.renewed(true);
    expect(announced.map(({ stamp }) => stamp)).toEqual([{ epoch: 1, notAfterMs: T0 + 25_000 }]);
  });

  it("may ask about what runs, and end it, when nothing more may start", () => {
    const lease = { untilMs: T0 + 20_000, startsUntilMs: T0 + 5000 };
    const ownership = {
      epoch: 1,
      heldUntilMs: () => lease.untilMs,
      startsUntilMs: () => lease.startsUntilMs,
    };
    const options = { ownership, announce: async () => undefined, onMayStart: () => undefined };
    const tenure = new Tenure(options);
    expect([tenure.mayStart, tenure.mayAsk]).toEqual([false, false]);
    tenure.begin();
    expect([tenure.mayStart, tenure.mayAsk]).toEqual([true, true]);
    expect(tenure.stamp()).toEqual({ epoch: 1, notAfterMs: T0 + 5000 });
    lease.startsUntilMs = T0;
    expect([tenure.mayStart, tenure.mayAsk]).toEqual([false, true]);
    lease.untilMs = T0;
    expect([tenure.mayStart, tenure.mayAsk]).toEqual([false, false]);
  });

  it("says whole milliseconds, of which workers know", () => {
    const { tenure, lease } = tenureOf(1);
    lease.untilMs = T0 + 0.75;
    tenure.workerAhead(0.5);
    expect(tenure.stamp()).toEqual({ epoch: 1, notAfterMs: T0 + 1 });
  });

  it("allows for the worker whose clock is farthest before ours", () => {
    const { tenure } = tenureOf(1);
    tenure.workerAhead(7000);
    tenure.workerAhead(4000);
    expect(tenure.stamp()).toEqual({ epoch: 1, notAfterMs: T0 + 27_000 });
  });
});
