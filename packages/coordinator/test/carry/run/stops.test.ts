import type { RunEvent } from "@roadrunner/core";
import { expect, it } from "vitest";
import { Stops } from "../../../src/carry/run/stops.ts";

const head = { time: "2026-01-01T00:00:00.000Z", run: "r" };
const stopping = (how: "drain" | "kill"): RunEvent => ({
  ...head,
  type: "run.stopping",
  how,
  reason: "Ctrl-C",
});
const resumed: RunEvent = { ...head, type: "run.resumed", version: "1", who: "ann", where: "desk" };

it("nothing is wanted before it is asked", () => {
  const stops = new Stops();
  expect(stops.wanted).toBeUndefined();
  stops.recall([resumed]);
  expect(stops.wanted).toBeUndefined();
});

it("a run that was to stop is to stop still, and the next stop kills", () => {
  const stops = new Stops();
  stops.recall([stopping("drain")]);
  expect(stops.wanted).toEqual({ how: "drain", reason: "Ctrl-C" });
  expect(stops.ask("stop").stop).toEqual({ how: "kill", reason: "rr-submit stop, again" });
  expect(stops.wanted).toMatchObject({ how: "kill" });
  expect(stops.ask("stop")).toEqual({ text: expect.stringMatching(/being killed already/) as string });
});

it("one that was killed is killed still; one that was gone on with after that is not", () => {
  const killed = new Stops();
  killed.recall([stopping("drain"), stopping("kill")]);
  expect(killed.wanted).toMatchObject({ how: "kill" });
  const goesOn = new Stops();
  goesOn.recall([stopping("kill"), resumed]);
  expect(goesOn.wanted).toBeUndefined();
});

it("what was asked here is not undone by what was asked before", () => {
  const stops = new Stops();
  expect(stops.ask("kill").stop).toEqual({ how: "kill", reason: "rr-submit kill" });
  stops.recall([stopping("drain")]);
  expect(stops.wanted).toEqual({ how: "kill", reason: "rr-submit kill" });
});

it("says who wanted it, where a login proved that", () => {
  const stops = new Stops();
  expect(stops.ask("kill", "bob@example.com").stop?.reason).toBe("rr-submit kill by bob@example.com");
  const again = new Stops();
  again.recall([stopping("drain")]);
  expect(again.ask("stop", "bob@example.com").stop?.reason).toBe("rr-submit stop, again, by bob@example.com");
});
