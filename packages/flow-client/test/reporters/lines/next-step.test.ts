import { expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { NextStep } from "../../../src/reporters/lines/next-step.ts";
import { countsOf, gatedPlan, undoBegins, undone } from "../made-gates.ts";
import { hostNames, madeRun, MADE_RUN, type MadeEnd } from "../made-run.ts";

const head = { time: "2026-11-24T09:16:12.000Z", run: MADE_RUN };
const stopping = (reason: string): RunEvent => ({ ...head, type: "run.stopping", how: "drain", reason });
const end = (verdict: "succeeded" | "failed" | "cancelled", counts: object): RunEvent => ({
  ...head,
  type: "run.ended",
  verdict,
  counts: {
    ...{ ok: 0, failed: 0, timedOut: 0, unreachable: 0, refused: 0, unknown: 0, cancelled: 0, skipped: 0 },
    ...counts,
  },
});

function after(...events: readonly RunEvent[]): readonly string[] {
  const next = new NextStep(gatedPlan);
  next.heard(events);
  return next.lines("R");
}

it("is none after a success, nor before the end", () => {
  expect(after(end("succeeded", { ok: 3 }))).toEqual([]);
  expect(after(stopping("Ctrl-C"))).toEqual([]);
});

it("names what goes on with a run that was stopped, and what is left", () => {
  const counts = { ok: 25, failed: 1, skipped: 104 };
  expect(after(stopping("Ctrl-C"), stopping("Ctrl-C, again"), end("cancelled", counts))).toEqual([
    "stopped by Ctrl-C: 25 ok, 1 failed, 104 never started. Go on: rr-submit resume R",
  ]);
  expect(after(stopping("not confirmed (ann said no)"), end("cancelled", { skipped: 2 }))).toEqual([
    "not confirmed (ann said no): 0 ok, 2 never started. Go on: rr-submit resume R",
  ]);
  expect(after(stopping("not confirmed"), end("cancelled", { skipped: 2 }))).toEqual([
    "not confirmed: 0 ok, 2 never started. Go on: rr-submit resume R",
  ]);
});

it("takes those that were killed again where nobody else is left to go on with", () => {
  expect(after(stopping("Ctrl-C"), end("cancelled", { ok: 2, unknown: 1, cancelled: 1 }))).toEqual([
    "stopped by Ctrl-C: 2 ok, 1 unknown, 1 cancelled. Go on: rr-submit resume R --retry unknown,cancelled",
  ]);
  expect(after(stopping("Ctrl-C"), end("cancelled", { cancelled: 1, skipped: 1 }))[0]).toMatch(/ resume R$/);
  expect(after(stopping("Ctrl-C"), end("cancelled", { ok: 2 }))[0]).toMatch(/ resume R$/);
});

it("names the report of a failed run, and the retry with the outcomes that there are", () => {
  const fails = (_host: string, index: number): MadeEnd =>
    index === 0 ? { outcome: "failed" } : index === 1 ? { outcome: "unreachable" } : {};
  expect(after(...madeRun([[{ name: "j", hosts: hostNames("h", 3), end: fails }]]))).toEqual([
    "Look: rr-submit report R; when it is mended: rr-submit resume R --retry failed,unreachable",
  ]);
  expect(after(end("failed", { skipped: 2 }))).toEqual(["Look: rr-submit report R"]);
});

it("names a retry where all that ran was undone, since it takes those hosts again", () => {
  const ended = undone.slice(0, -1);
  expect(after(...ended, end("failed", { ok: 2, skipped: 4 }))).toEqual([
    "Look: rr-submit report R; when it is mended: rr-submit resume R --retry failed",
  ]);
  expect(after(end("failed", { ok: 2, skipped: 4 }))).toEqual(["Look: rr-submit report R"]);
});

it("names a retry where a gate has kept hosts from their turn, and none where all had theirs", () => {
  const failed = undoBegins.slice(0, -1);
  const counts = { ok: 2, skipped: 4 };
  expect(after(...failed, end("failed", counts))).toEqual([
    "Look: rr-submit report R; when it is mended: rr-submit resume R --retry failed",
  ]);
  const all = failed.map((event) =>
    event.type === "job.ended" ? { ...event, counts: countsOf({ ok: 6 }) } : event,
  );
  expect(after(...all, end("failed", counts))).toEqual(["Look: rr-submit report R"]);
});

it("goes on with an undo that was stopped, before anything is tried again", () => {
  const counts = { ok: 2, skipped: 4 };
  const cut: RunEvent = {
    ...{ ...head, type: "job.ended", slot: 1, job: "upgrade.undo", verdict: "cancelled" },
    counts: countsOf({ ok: 1, skipped: 1 }),
  };
  const stopped = [...undoBegins, stopping("Ctrl-C"), cut, end("failed", counts)];
  expect(after(...stopped)).toEqual([
    "stopped by Ctrl-C: 2 ok, 4 never started.",
    "Look: rr-submit report R; go on with the undo: rr-submit resume R",
  ]);
  const resumed: RunEvent = { ...head, type: "run.resumed", version: "0.1.0", who: "ops", where: "box" };
  const task = { ...head, slot: 1, job: "upgrade.undo", host: "fe1", attempt: 1 };
  const rest: readonly RunEvent[] = [
    { ...task, type: "task.started", worker: "w1" },
    { ...cut, type: "job.ended", verdict: "succeeded" },
  ];
  expect(after(...stopped, resumed, ...rest, end("failed", counts))).toEqual([
    "Look: rr-submit report R; when it is mended: rr-submit resume R --retry failed",
  ]);
});

it("forgets a stop from before a resume", () => {
  const resumed: RunEvent = { ...head, type: "run.resumed", version: "0.1.0", who: "ops", where: "box" };
  expect(after(stopping("SIGTERM"), end("cancelled", {}), resumed, end("failed", {}))).toEqual([
    "Look: rr-submit report R",
  ]);
});
