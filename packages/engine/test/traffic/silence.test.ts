import type { TaskRef } from "@roadrunner/core";
import { expect, it } from "vitest";
import { jobKey } from "../../src/traffic/job-key.ts";
import { Silence } from "../../src/traffic/silence.ts";

const task = (host: number): TaskRef => ({ phase: "slots", slot: 0, job: 0, host, attempt: 1 });
const inFlight = (host: number, again = false) => ({ task: task(host), functionName: "rr-run", again });
const none = new Map<string, number>();

it("tells what is left where nothing runs and nothing is to start", () => {
  const silence = new Silence();
  expect(silence.rest([inFlight(1)], none), "it may still start").toBeUndefined();
  silence.revoke(task(0));
  const rest = { tasks: 2, lost: false, functions: ["rr-run"], startsAreHeard: false };
  expect(silence.rest([inFlight(1), inFlight(2)], none)).toEqual(rest);
  expect(silence.rest([], none), "nothing is left").toBeUndefined();
  silence.heardProgress("rr-run");
  expect(silence.rest([inFlight(1), inFlight(2)], none)).toEqual({ ...rest, startsAreHeard: true });
});

it("knows of lost tasks, in flight or not submitted yet", () => {
  const silence = new Silence();
  silence.revoke(task(0));
  expect(silence.rest([inFlight(1, true)], none)).toMatchObject({ tasks: 1, lost: true });
  expect(silence.rest([inFlight(1)], new Map([[jobKey(task(0)), 3]]))).toMatchObject({
    tasks: 4,
    lost: true,
  });
  expect(silence.rest([inFlight(1)], new Map([["another job", 1]]))).toBeUndefined();
});

it("waits for what may run, and no longer", () => {
  const silence = new Silence();
  silence.revoke(task(0));
  silence.mayRun(task(3));
  expect(silence.rest([inFlight(1)], none)).toBeUndefined();
  silence.settled(task(3));
  expect(silence.rest([inFlight(1)], none)).toMatchObject({ tasks: 1 });
});
