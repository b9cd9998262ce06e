import { describe, expect, it } from "vitest";
import type { Outcome, RunEvent, RunPlan, TaskRef } from "@roadrunner/core";
import { slot } from "../../../../test/support/plans.ts";
import { goOn, leftToDo } from "../../src/resume/go-on.ts";
import { replay } from "../../src/resume/replay.ts";
import { job, Leg } from "./legs.ts";

const plan: RunPlan = {
  name: "f",
  slots: [slot(job("a", 4)), slot(job("b", 2))],
  finally: [slot(job("z", 1))],
};

function journalOf(events: readonly RunEvent[]) {
  const [started] = events;
  if (started?.type !== "run.started") throw new Error("no run.started");
  return { plan: started.plan, events, started };
}

function runThatEnds(how: (task: TaskRef) => Outcome, stopped = false): Leg {
  const leg = new Leg(plan);
  if (stopped) leg.loop.stop("drain", "SIGINT");
  leg.finish(how);
  return leg;
}

const failed = runThatEnds((task) => (task.slot === 0 && task.host === 1 ? "failed" : "ok"));

const gate = {
  ...{ name: "page", everyMs: 30_000, failures: 1, timeoutMs: 10_000 },
  http: { url: "http://shop/", status: 200 },
};
const gated: RunPlan = { name: "f", slots: [slot(job("a", 4, { gates: [gate] }))], finally: [] };
/** Its gate has failed before its first host. */
const red = new Leg(gated);
red.answer({ kind: "fail", text: "status 503, not 200" });

const pass = { kind: "pass", text: "status 200" } as const;
const quick: RunPlan = {
  name: "f",
  slots: [slot(job("a", 2, { gates: [{ ...gate, everyMs: 0 }] })), slot(job("b", 1))],
  finally: [],
};
/** Its gate has failed after its last host, all of which are ok. */
const redAtLast = new Leg(quick);
for (let asks = 0; asks < 3; asks += 1) redAtLast.answer(pass);
redAtLast.finish(() => "ok");
while (!redAtLast.over) redAtLast.answer({ kind: "fail", text: "status 503, not 200" });

describe("leftToDo", () => {
  it.each<[string, Leg, readonly Outcome[] | undefined, object]>([
    ["nothing of a run that succeeded", runThatEnds(() => "ok"), undefined, { error: { type: "succeeded" } }],
    ["nothing of one that failed", failed, undefined, { error: { type: "failed" } }],
    ["its hosts that failed", failed, ["failed"], { ok: true }],
    [
      "no host where none ended so",
      failed,
      ["unknown"],
      { error: { type: "noHost", outcomes: ["unknown"] } },
    ],
    ["the hosts that a gate has kept from their turn, whatever is named", red, ["failed"], { ok: true }],
    ["the gate that has failed after the last host", redAtLast, ["failed"], { ok: true }],
    ["nothing of it where nothing is named", red, undefined, { error: { type: "failed" } }],
    ["all of one that was stopped", runThatEnds(() => "ok", true), undefined, { ok: true }],
  ])("%s", (_, leg, retry, expected) => {
    expect(leftToDo(journalOf(leg.journal), retry)).toMatchObject(expected);
  });

  it("of a job whose gate had failed begins with its gates, and with no host before they have passed", () => {
    const again = new Leg(gated, red.journal, ["failed"]);
    expect([red.over, again.over, again.open]).toEqual([true, false, []]);
    expect([...again.asks.values()]).toMatchObject([{ ask: 1 }]);
  });

  it("of a job whose gate had failed after its last host asks that again, and starts no host of it", () => {
    const again = new Leg(quick, redAtLast.journal, ["failed"]);
    expect(redAtLast.verdict).toBe("failed");
    expect([again.over, again.open, again.asks.size]).toEqual([false, [], 1]);
    again.answer(pass);
    again.finish(() => "ok");
    expect(again.verdict).toBe("succeeded");
    const asked = again.journal.flatMap((event) => (event.type === "task.asked" ? [event.host] : []));
    expect(asked).toEqual(["a-1", "a-2", "b-1"]);
  });
});

describe("goOn", () => {
  it("stands where the journal will when the resume is written in it", () => {
    const retry = ["failed"] as const;
    const { past, replayed } = goOn(journalOf(failed.journal), { retry, lostTimeoutMs: 1000 });
    const resumed: RunEvent = {
      type: "run.resumed",
      time: failed.journal.at(-1)?.time ?? "",
      run: "r",
      version: "1",
      who: "me",
      where: "here",
      retry,
    };
    const options = { seed: 7, lostTimeoutMs: 1000 } as const;
    const written = replay(plan, [...failed.journal, resumed], options);
    expect(replayed.open).toEqual(written.open);
    expect(replayed.open).toContainEqual(expect.objectContaining({ host: 1, attempt: 2 }));
    expect(replayed.state).toEqual(written.state);
    expect(past.map(({ type }) => type)).not.toContain("run.ended");
    expect(past.some((event) => event.type === "task.ended" && event.outcome === "failed")).toBe(false);
  });
});
