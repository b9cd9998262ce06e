import { expect, test } from "vitest";
import { momentNow, passedBetween, type Moment } from "../../src/daemon/clocks.ts";

const start: Moment = { monotonicMs: 5000, bootMs: 90_000, wallMs: 1_700_000_000_000 };
/** So long after the start, by each clock in seconds; undefined: it does not tell. */
function later(monotonic: number, boot: number | undefined, wall: number): Moment {
  return {
    monotonicMs: start.monotonicMs + monotonic * 1000,
    bootMs: boot === undefined ? undefined : 90_000 + boot * 1000,
    wallMs: start.wallMs + wall * 1000,
  };
}

test.each<[string, Moment, number, number]>([
  ["nothing happened", later(7, 7, 7), 7, 0],
  ["the clock was set forward", later(7, 7, 607), 7, 0],
  ["the clock was set back", later(7, 7, -593), 7, 0],
  ["the box slept", later(7, 607, 607), 607, 600],
  ["the box slept, and its clock was set forward", later(7, 607, 1207), 607, 600],
  ["the box slept, and its clock was set back by less", later(7, 607, 547), 547, 540],
  ["a container's uptime jumped", later(7, 607, 7), 7, 0],
  ["a container's uptime began anew", later(7, -80, 7), 7, 0],
  ["the uptime is a little coarse", later(7, 7.9, 7.9), 7, 0],
  ["no clock since the boot, and the clock was set", later(7, undefined, 607), 7, 0],
  ["no clock since the boot, and all is well", later(7, undefined, 7), 7, 0],
])("%s", (_, to, seconds, suspended) => {
  expect(passedBetween(start, to)).toEqual({ ms: seconds * 1000, suspendedMs: suspended * 1000 });
});

test("this box's own clocks agree", async () => {
  const from = momentNow();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { ms, suspendedMs } = passedBetween(from, momentNow());
  expect(ms).toBeGreaterThanOrEqual(19);
  expect(suspendedMs).toBe(0);
  if (process.platform === "linux") expect(from.bootMs).toBeGreaterThan(0);
});
