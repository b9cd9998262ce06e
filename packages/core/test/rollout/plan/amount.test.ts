import { describe, expect, it } from "vitest";
import { formatAmount, limitOf, needOf, placesOf } from "../../../src/rollout/plan/amount.ts";
import type { Amount } from "../../../src/rollout/plan/plan.ts";
import { count, share } from "../../../../../test/support/plans.ts";

/** Exact: rationals as pairs of BigInts, n·hundredths over 10000. */
function exactFloor(hundredths: number, n: number): number {
  return Number((BigInt(hundredths) * BigInt(n)) / 10_000n);
}
function exactCeil(hundredths: number, n: number): number {
  return Number((BigInt(hundredths) * BigInt(n) + 9_999n) / 10_000n);
}

const SIZES = Array.from({ length: 200 }, (_, index) => index + 1);
const WHOLE = Array.from({ length: 101 }, (_, percent) => percent * 100);
const FINE = [1, 33, 667, 1250, 3333, 6667, 9950, 9999];

/** The shares and sizes for which `wrong` is true: there should be none. */
function where(wrong: (amount: Amount & { kind: "share" }, n: number) => boolean): string[] {
  const amounts = [...WHOLE, ...FINE].map((hundredths) => ({ kind: "share", hundredths }) as const);
  return SIZES.flatMap((n) =>
    amounts.filter((amount) => wrong(amount, n)).map((amount) => `${formatAmount(amount)} of ${n}`),
  );
}

describe("shares in numbers, for every n up to 200 and every whole per cent", () => {
  it("need is the exact ceiling", () => {
    expect(where((amount, n) => needOf(amount, n) !== exactCeil(amount.hundredths, n))).toEqual([]);
  });

  it("need is the least number of hosts that is the share: one fewer is not", () => {
    const isShare = (hosts: number, hundredths: number, n: number) => hosts * 10_000 >= hundredths * n;
    expect(where((amount, n) => !isShare(needOf(amount, n), amount.hundredths, n))).toEqual([]);
    expect(where((amount, n) => isShare(needOf(amount, n) - 1, amount.hundredths, n))).toEqual([]);
  });

  it("limits are the exact floor", () => {
    expect(where((amount, n) => limitOf(amount, n) !== exactFloor(amount.hundredths, n))).toEqual([]);
  });

  it("places are the exact floor, but at least 1", () => {
    const exact = (hundredths: number, n: number) => Math.max(1, exactFloor(hundredths, n));
    expect(where((amount, n) => placesOf(amount, n) !== exact(amount.hundredths, n))).toEqual([]);
  });

  it("stays exact for a million hosts", () => {
    expect(needOf(share(99.99), 1_000_000)).toBe(999_900);
    expect(needOf(share(33.33), 999_999)).toBe(333_300);
    expect(limitOf(share(33.33), 999_999)).toBe(333_299);
  });

  it.each([
    [80, 10, 8],
    [80, 11, 9],
    [29, 100, 29],
    [7, 100, 7],
    [33.33, 3, 1],
    [100, 7, 7],
    [0, 7, 0],
    [0.01, 7, 1],
  ])("%s%% of %s hosts needs %s", (percent, n, need) => {
    expect(needOf(share(percent), n)).toBe(need);
  });
});

describe("numbers of hosts", () => {
  it("stand as written for success and tolerate, and are cut to the hosts there are for places", () => {
    expect(needOf(count(8), 10)).toBe(8);
    expect(needOf(count(8), 5)).toBe(8);
    expect(limitOf(count(0), 10)).toBe(0);
    expect(placesOf(count(50), 10)).toBe(10);
    expect(placesOf(count(50), 0)).toBe(0);
  });
});

describe("where others are one host off", () => {
  it("floor(p/100.0·n) in floats, as Ansible's serial and Salt's batch have it, loses a host; ours does not", () => {
    const off = SIZES.flatMap((n) =>
      WHOLE.map((hundredths) => [hundredths / 100, n] as const).filter(
        ([percent]) => Math.max(1, Math.floor((percent / 100) * n)) !== placesOf(share(percent), n),
      ),
    );
    expect(off).toHaveLength(12);
    for (const [percent, n, ours] of [
      [29, 100, 29],
      [57, 100, 57],
      [58, 50, 29],
      [58, 100, 58],
    ] as const) {
      expect(off).toContainEqual([percent, n]);
      expect(placesOf(share(percent), n)).toBe(ours);
    }
  });

  it("(1 − active/activated)·100 > p, as pyinfra has it, stops at exactly p; ours stops above it", () => {
    const off = [10, 20, 50, 100].flatMap((n) =>
      WHOLE.flatMap((hundredths) => {
        const failed = (hundredths * n) / 10_000;
        const stopsThere = Number.isInteger(failed) && (1 - (n - failed) / n) * 100 > hundredths / 100;
        return stopsThere ? [{ n, failed, percent: hundredths / 100 }] : [];
      }),
    );
    expect(off).toHaveLength(38);
    expect(off).toContainEqual({ n: 10, failed: 3, percent: 30 });
    for (const { n, failed, percent } of off) expect(n - needOf(share(100 - percent), n)).toBe(failed);
  });

  it("ceil of floats asks for a host too many: 7% of 100 is not 8", () => {
    const off = SIZES.flatMap((n) =>
      WHOLE.filter((hundredths) => Math.ceil((hundredths / 10_000) * n) !== exactCeil(hundredths, n)),
    );
    expect(off.length).toBeGreaterThan(0);
    expect(Math.ceil(0.07 * 100)).toBe(8);
    expect(needOf(share(7), 100)).toBe(7);
  });
});

describe("formatAmount", () => {
  it.each([
    [share(80), "80%"],
    [share(33.33), "33.33%"],
    [share(12.5), "12.5%"],
    [share(0.05), "0.05%"],
    [share(0), "0%"],
    [share(100), "100%"],
    [count(12), "12"],
  ])("%j is %s", (amount, text) => {
    expect(formatAmount(amount)).toBe(text);
  });
});
