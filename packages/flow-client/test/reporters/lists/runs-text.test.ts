import { describe, expect, it } from "vitest";
import { runRow } from "@roadrunner/engine/api";
import { runsTable } from "../../../src/reporters/lists/runs-text.ts";
import * as made from "../made-gates.ts";
import { MADE_RUN, madeRun } from "../made-run.ts";

describe("the list of runs", () => {
  it("says for what a run waits, carried or left", () => {
    const line = (events: Parameters<typeof runRow>[0], carried: boolean) => {
      const [, row] = runsTable([runRow(events, carried)]);
      return row?.replace(MADE_RUN, "").trim().replaceAll(/ {2,}/g, " | ");
    };
    expect(line(made.begun, true)).toBe("flow | running | 0.0 s | upgrade asks its gates");
    expect(line(made.toFirstBake, true)).toBe("flow | running | 20.0 s | 2 ok; upgrade bakes");
    const held = `flow | open | 1 min 20 s | 2 ok; upgrade holds: ${made.BROKEN}`;
    expect(line(made.held, false)).toBe(held);
    expect(line(made.wellInTheEnd, true)).toBe("flow | running | 15 min 45 s | 6 ok");
    expect(runRow(made.toFirstBake, true).waits).toEqual([
      { job: "upgrade", for: "bake", since: made.at(20).time, until: made.at(320).time },
    ]);
  });

  it("says which slot waits for a yes, and whose the run is", () => {
    const waiting = madeRun([[{ name: "a", hosts: ["h1"] }], [{ name: "b", hosts: ["h1"] }]]);
    const [started] = waiting;
    if (started?.type !== "run.started") throw new Error("no beginning");
    const [first, second] = started.plan.slots;
    if (first === undefined || second === undefined) throw new Error("no slots");
    const plan = { ...started.plan, slots: [first, { ...second, confirm: "Canaries well?" }] };
    const ended = waiting.findIndex(({ type }) => type === "slot.ended");
    const events = [{ ...started, plan }, ...waiting.slice(1, ended + 1)];
    const row = runRow(events, true);
    const since = events.at(-1)?.time;
    expect(row.waits).toEqual([{ slot: 2, for: "confirm", since, reason: "Canaries well?" }]);
    expect(runsTable([{ ...row, principal: "bob@example.com", signedBy: "SHA256:x" }])[1]).toMatch(
      /1 ok; slot 2 waits for a yes: Canaries well\?; handed over by bob@example\.com; signed by SHA256:x$/,
    );
    expect(runRow([...events, ...waiting.slice(ended + 1, ended + 2)], true)).not.toHaveProperty("waits");
  });

  it("counts no host twice that was undone", () => {
    expect(runRow(made.undone, false).counts).toEqual({ ok: 2, skipped: 4 });
  });
});
