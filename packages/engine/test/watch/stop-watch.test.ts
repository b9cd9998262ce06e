import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { UnansweredRest } from "../../src/traffic/silence.ts";
import { StopWatch } from "../../src/watch/stop-watch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const rest: UnansweredRest = { tasks: 2, lost: false, functions: ["rr-run"], startsAreHeard: true };

function watchOf(state: { rest: UnansweredRest | undefined; runs: boolean }) {
  const left: string[] = [];
  const stopping = new StopWatch({
    traffic: { unansweredRest: () => state.rest },
    watch: { runs: async () => state.runs },
    onNothing: (reason) => {
      left.push(reason);
      state.rest = undefined;
    },
  });
  stopping.begin();
  return left;
}

it("leaves a run of which nothing runs and nobody answers, after the time that an answer takes", async () => {
  const left = watchOf({ rest, runs: true });
  await vi.advanceTimersByTimeAsync(2900);
  expect(left).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(left).toEqual([
    "stopped: nothing is known to run, and no worker answers for 2 tasks that had been submitted",
  ]);
});

it("gives a lost task the time that a look at its host takes", async () => {
  const left = watchOf({ rest: { ...rest, lost: true }, runs: false });
  await vi.advanceTimersByTimeAsync(29_000);
  expect(left).toEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(left).toHaveLength(1);
});

it("counts from the last moment at which something ran", async () => {
  const state = { rest: undefined as UnansweredRest | undefined, runs: false };
  const left = watchOf(state);
  await vi.advanceTimersByTimeAsync(60_000);
  state.rest = rest;
  await vi.advanceTimersByTimeAsync(2900);
  expect(left).toEqual([]);
});

it("believes a job server that passes on no progress, where it says that something runs", async () => {
  const state = { rest: { ...rest, startsAreHeard: false }, runs: true };
  const left = watchOf(state);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(left).toEqual([]);
  state.runs = false;
  await vi.advanceTimersByTimeAsync(5000);
  expect(left).toHaveLength(1);
});
