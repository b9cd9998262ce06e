import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { BoardReporter } from "../../../src/reporters/board/board-reporter.ts";
import { FollowReporter } from "../../../src/reporters/lines/follow.ts";
import { PlainReporter } from "../../../src/reporters/lines/plain.ts";
import { HOSTILE } from "../hostile.ts";
import * as plans from "../../../../../test/support/plans.ts";
import * as made from "../made-gates.ts";
import { MADE_RUN, START_MS } from "../made-run.ts";

/** Lines for events that come one after the other, without their times. */
function plain(events: readonly RunEvent[], before: readonly RunEvent[] = []): readonly string[] {
  const reporter = new PlainReporter();
  reporter.recall(before);
  const lines = events.flatMap((event) => reporter.report([event]));
  return [...lines, ...reporter.flush()].map((line) => line.slice(9));
}
const after = (events: readonly RunEvent[], before: readonly RunEvent[]) =>
  plain(events.slice(before.length), before);

describe("plain lines of a job with gates", () => {
  it("tell a gate's answer when it is of another kind, and not at each ask", () => {
    expect(plain([...made.begun, ...made.toldBefore])).toEqual([
      `run ${MADE_RUN} (flow): 2 slots, 2 jobs, 8 tasks`,
      "slot 1 of 2 started",
      "upgrade: 6 hosts, needs 6, 2 at once; asks its gates before the first one",
      "upgrade: gate latency: pass: 212, at most 300",
      "upgrade: gate page: pass: status 200",
    ]);
    const hours = Array.from({ length: 500 }, (_, index) => made.wellAt(30 + 30 * index)).flat();
    expect(plain(hours, made.toFirstBake)).toEqual([]);
    expect(after(made.toFails, made.toFirstBake)).toEqual([
      "upgrade: gate latency: inconclusive: no data",
      "upgrade: gate latency: fail: 312, more than 300",
    ]);
  });

  it("tell that a bake begins, and that its gates let the job go on", () => {
    expect(after(made.wellInTheEnd, made.confirmed)).toEqual([
      "upgrade started on fe[3-4]",
      "upgrade ok on fe[3-4] (10.0 s)",
      "upgrade: step 2 passed",
      "upgrade: bakes for 5m, its gates are watched, before step 3",
      "upgrade: gate latency: pass: 212, at most 300",
      "upgrade: bake over after 5 min 00 s: gate latency 212, at most 300, gate page status 200",
      "upgrade: step 3 started, 2 hosts, needs 2",
      "upgrade started on fe[5-6]",
      "upgrade ok on fe[5-6] (10.0 s)",
      "upgrade: step 3 passed",
      "upgrade: bakes for 5m, its gates are watched, before it ends",
      "upgrade: bake over after 5 min 00 s: gate latency 212, at most 300, gate page status 200",
      "upgrade succeeded",
      "slot 1 succeeded",
    ]);
    const none = { ...made.at(20), type: "job.baking" as const, slot: 1, job: "upgrade", bakeMs: 0 };
    expect(plain([none], made.toFirstBake)).toEqual(["upgrade: its gates are asked anew before step 2"]);
  });

  it("tell why it holds and what to type, and what the person said", () => {
    expect(after(made.held, made.toFails)).toEqual([
      `upgrade holds: ${made.BROKEN}`,
      `  go on: rr-submit confirm ${MADE_RUN}`,
      `  end it: rr-submit stop ${MADE_RUN}`,
    ]);
    expect(after(made.confirmed, made.held)).toEqual([
      "upgrade: confirmed, goes on after 4 min 05 s",
      "upgrade: step 2 started, 2 hosts, needs 2",
    ]);
    const no = { ...made.at(81), type: "job.confirmed" as const, slot: 1, job: "upgrade", goOn: false };
    expect(plain([no], made.held)).toEqual(["upgrade: not confirmed, fails after 1.0 s"]);
    const by = "ann@ops\u001b[31m";
    const [refused] = plain([{ ...no, by }], made.held);
    expect(refused).toBe("upgrade: not confirmed (ann@ops␛[31m said no), fails after 1.0 s");
    const [taken] = plain([{ ...no, goOn: true, by }], made.held);
    expect(taken).toBe("upgrade: confirmed by ann@ops␛[31m, goes on after 1.0 s");
    const slot = { ...made.at(81), type: "slot.started" as const, slot: 2, by };
    expect(plain([slot], made.held)).toEqual(["slot 2 of 2 started, confirmed by ann@ops␛[31m"]);
  });

  it("name the job to confirm where several hold", () => {
    const jobs = ["up", "down"].map((name) => plans.job({ name, hosts: 1, gates: [made.page] }));
    const [started] = made.begun;
    const both = ["up", "down"].map((job): RunEvent => ({
      ...made.at(1),
      type: "job.held",
      slot: 1,
      job,
      reason: "r",
    }));
    const begun =
      started === undefined ? [] : [{ ...started, plan: plans.plan([plans.slot(...jobs)]) } as RunEvent];
    expect(plain(both, begun)).toContain(`  go on: rr-submit confirm ${MADE_RUN} down`);
    expect(plain(both, begun)).toContain(`  go on: rr-submit confirm ${MADE_RUN}`);
  });

  it("say now and then for what it waits, where nothing else is told", () => {
    const told = (events: readonly RunEvent[], seconds: readonly number[]) => {
      const reporter = new PlainReporter();
      for (const event of events) reporter.report([event]);
      return seconds
        .flatMap((second) => reporter.tick(START_MS + second * 1000))
        .map((line) => line.slice(9));
    };
    expect(told(made.toFirstBake, [40, 60, 310])).toEqual([]);
    expect(told([...made.toFirstBake, ...made.answered(20, "page", "pass", "status 200")], [320])).toEqual([
      "upgrade: bake over, waits for gate latency; gate latency 212, at most 300 (pass 5 min 10 s ago); gate page status 200 (pass 5 min 00 s ago)",
    ]);
    expect(told(made.held, [100, 380, 400, 680])).toEqual([
      `upgrade holds for 5 min 00 s: ${made.BROKEN}; go on: rr-submit confirm ${MADE_RUN}`,
      `upgrade holds for 10 min 00 s: ${made.BROKEN}; go on: rr-submit confirm ${MADE_RUN}`,
    ]);
    const running = [...made.held, ...made.runs(81, "fe3").slice(0, 2)];
    expect(told(running, [82, 100])).toEqual([
      "upgrade started on fe3",
      "upgrade: 2 of 6 ended, running: fe3",
      expect.stringMatching(/^upgrade holds for 20 s: /),
    ]);
  });
});

describe("lines of what is undone", () => {
  it("tell that it begins, whom it undid, and that the job has failed", () => {
    expect(after(made.undone, made.toFails)).toEqual([
      `upgrade failed: ${made.BROKEN}`,
      "undo of upgrade on 2 hosts, latest first",
      "upgrade.undo started on fe[1-2]",
      "upgrade.undo ok on fe2 (10.0 s)",
      "upgrade.undo fe1 failed: exit code 3 (10.0 s)",
      "  fe1| held back",
      "undo of upgrade failed: undone on 1 of 2 hosts; 1 failed",
      "slot 1 failed",
    ]);
  });

  it("name the job in front of what its hosts write", () => {
    const reporter = new FollowReporter(new PlainReporter(), { follows: () => true, raw: false });
    reporter.recall(made.undoBegins);
    const wrote = (job: string): RunEvent => ({
      ...{ ...made.at(81), type: "task.output", slot: 1, job, host: "fe2", attempt: 1 },
      ...{ stream: "stdout", data: "back\n" },
    });
    expect(reporter.report([wrote("upgrade"), wrote("upgrade.undo")])).toEqual([
      "fe2| back",
      "upgrade.undo fe2| back",
    ]);
  });
});

describe("above a board", () => {
  const above = (events: readonly RunEvent[], before: readonly RunEvent[] = []) => {
    const reporter = new BoardReporter({ colour: false, unicode: true });
    reporter.recall(before);
    reporter.report(events);
    return reporter.flush().map((line) => line.slice(9));
  };

  it("stands what goes wrong with gates, that they are well again, and who holds", () => {
    expect(above(made.held.slice(made.begun.length), made.begun)).toEqual([
      "upgrade: gate latency: inconclusive: no data",
      "upgrade: gate latency: fail: 312, more than 300",
      `upgrade holds: ${made.BROKEN}`,
      `  go on: rr-submit confirm ${MADE_RUN}`,
      `  end it: rr-submit stop ${MADE_RUN}`,
    ]);
    expect(above([...made.wellAt(90), ...made.confirmed.slice(made.held.length)], made.held)).toEqual([
      "upgrade: confirmed, goes on after 4 min 05 s",
    ]);
  });

  it("stands what is undone, and how that went", () => {
    const lines = above(made.undone.slice(made.toFails.length), made.toFails);
    expect(lines).toContain("undo of upgrade on 2 hosts, latest first");
    expect(lines).toContain("✘ undo of upgrade failed: undone on 1 of 2 hosts; 1 failed");
  });
});

describe("what gates say", () => {
  it("is one line, harmless and no longer than people read", () => {
    for (const text of Object.values(HOSTILE)) {
      const [line = "", ...more] = plain(
        made.answered(90, "page", "fail", `${text}\n09:16 forged`),
        made.toFails,
      );
      expect(more).toEqual([]);
      expect(line).toMatch(/^upgrade: gate page: fail: /);
      expect(line.length).toBeLessThan(400);
    }
  });
});
