import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PruneDays } from "../../../src/daemon/memory/prune-days.ts";

const NOON = Date.UTC(2026, 10, 24, 12);
const HOUR_MS = 3_600_000;
const owner = (host: string, login?: string, become?: true | string) => ({ host, login, become });

describe("PruneDays", () => {
  it("lets a host's records be pruned once a day", () => {
    const days = new PruneDays();
    expect(days.isFirst(owner("a"), NOON)).toBe(true);
    expect(days.isFirst(owner("a"), NOON)).toBe(false);
    expect(days.isFirst(owner("b"), NOON)).toBe(true);
    expect(days.isFirst(owner("a"), NOON + 11 * HOUR_MS)).toBe(false);
    expect(days.isFirst(owner("a"), NOON + 12 * HOUR_MS)).toBe(true);
  });

  it("knows a host's users apart, who have directories of their own", () => {
    const days = new PruneDays();
    expect(days.isFirst(owner("a", "alice"), NOON)).toBe(true);
    expect(days.isFirst(owner("a", "bob"), NOON)).toBe(true);
    expect(days.isFirst(owner("a", "bob", true), NOON)).toBe(true);
    expect(days.isFirst(owner("a", "bob", "www-data"), NOON)).toBe(true);
    expect(days.isFirst(owner("a", "alice", "www-data"), NOON)).toBe(false);
  });

  it("notes a bounded number", () => {
    const days = new PruneDays(2);
    expect(["a", "b", "c", "a"].map((host) => days.isFirst(owner(host), NOON))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(days.isFirst(owner("c"), NOON + 24 * HOUR_MS)).toBe(true);
  });

  it("says so exactly once for each host and day, whatever comes in between", () => {
    const task = fc.record({ host: fc.constantFrom("a", "b", "c"), hours: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(task), (tasks) => {
        const days = new PruneDays();
        let nowMs = NOON;
        const told = new Map<string, number>();
        for (const { host, hours } of tasks) {
          nowMs += hours * HOUR_MS;
          const key = `${host} ${Math.floor(nowMs / (24 * HOUR_MS))}`;
          told.set(key, (told.get(key) ?? 0) + (days.isFirst(owner(host), nowMs) ? 1 : 0));
        }
        for (const times of told.values()) expect(times).toBe(1);
      }),
    );
  });
});
