import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { UnansweredRest } from "../../src/traffic/silence.ts";
import { StopWatch } from "../../src/watch/stop-watch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const rest: UnansweredRest = { tasks: 2, lost: false, functions: ["rr-run"], startsAreHeard: true };

interface Seen {
  rest: UnansweredRest | undefined;
  runs: boolean;
  /** The job server passes on what workers say; default: it does not. */
  passesOn?: boolean;
}

function watchOf(state: Seen) {
  return watching(state).left;
}

function watching(state: Seen) {
  const left: string[] = [];
  const stopping = new StopWatch({
    traffic: { unansweredRest: () => state.rest },
    watch: { runs: async () => state.runs },
    probe: { passesOn: async () => state.passesOn ?? false },
    onNothing: (reason) => {
      left.push(reason);
      state.rest = undefined;
    },
  });
  stopping.begin("drain");
  return { left, kill: () => stopping.begin("kill") };
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

it("waits for what runs unheard to be killed, and not for ever: a worker may hold a task and say nothing", async () => {
  const { left, kill } = watching({ rest: { ...rest, startsAreHeard: false }, runs: true });
  await vi.advanceTimersByTimeAsync(60_000);
  kill();
  await vi.advanceTimersByTimeAsync(119_000);
  expect(left, "a kill takes its time").toEqual([]);
  await vi.advanceTimersByTimeAsync(6000);
  expect(left).toHaveLength(1);
});

it("does not wait for it, once what runs is to be killed, where its start would have been heard", async () => {
  const { left, kill } = watching({
    rest: { ...rest, startsAreHeard: false },
    runs: true,
    passesOn: true,
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(left, "it may be about to start").toEqual([]);
  kill();
  await vi.advanceTimersByTimeAsync(2500);
  expect(left).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(left).toHaveLength(1);
});

it("gives the workers the time to hear of a kill, and no more where nothing is known to run", async () => {
  const state = { rest: undefined as UnansweredRest | undefined, runs: true };
  const { left, kill } = watching(state);
  await vi.advanceTimersByTimeAsync(60_000);
  state.rest = rest;
  await vi.advanceTimersByTimeAsync(2000);
  kill();
  await vi.advanceTimersByTimeAsync(2500);
  expect(left).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(left).toHaveLength(1);
});

it("waits after a kill for a lost task's host as long as a kill may take", async () => {
  const { left, kill } = watching({ rest: { ...rest, lost: true }, runs: false });
  kill();
  await vi.advanceTimersByTimeAsync(14_000);
  expect(left).toEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(left).toHaveLength(1);
});
