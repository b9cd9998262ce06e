import { advance, createRollout, toRunEvent, type RolloutEvent, type RunEvent } from "@roadrunner/core";
import { describe, expect, it } from "vitest";
import { planOf, share } from "../support/plans.ts";
import type { Heard } from "./check-hosts.ts";
import { checkRun } from "./check-run.ts";
import { parseHostLog } from "./host-log.ts";

const plan = planOf({
  name: "j",
  hosts: [{ name: "a" }, { name: "b" }],
  success: share(0),
  stepSuccess: share(0),
  retries: 1,
  retryDelayMs: 1,
});

type End = Extract<RolloutEvent, { type: "taskEnded" }>["end"];
interface Told {
  readonly host: number;
  readonly end: End;
  readonly exitCode?: number;
}

/** The journal of a run in which the hosts' first attempts ended as told. */
function journal(...told: readonly Told[]): RunEvent[] {
  const head = { time: "2026-01-01T00:00:00.000Z", run: "r" };
  const by = { version: "1", who: "me", where: "here", plan, digest: "", seed: 1 };
  const events: RunEvent[] = [{ type: "run.started", ...head, ...by }];
  const state = createRollout(plan, { seed: 1 });
  const feed = (event: RolloutEvent, exitCode?: number): void => {
    for (const action of advance(state, event).actions) {
      if (action.type !== "announce") continue;
      const report =
        action.announcement.type === "taskEnded" && exitCode !== undefined ? { exitCode } : undefined;
      events.push(toRunEvent(plan, head, action.announcement, report));
    }
  };
  feed({ type: "begin", at: Date.parse(head.time) });
  for (const { host, end, exitCode } of told) {
    const task = { phase: "slots", slot: 0, job: 0, host, attempt: 1 } as const;
    feed({ type: "taskEnded", at: Date.parse(head.time), task, end }, exitCode);
  }
  return events;
}

const ok = (host: number): Told => ({ host, end: { outcome: "ok" }, exitCode: 0 });
const good = "start j 1 1.00 -\nend j 1 2.00 0\n";
const NOBODY: Heard = new Map();
const problemsOf = (
  events: readonly RunEvent[],
  a: string,
  b = good,
  heard: Heard = NOBODY,
): readonly string[] =>
  checkRun({ events, heard, logs: new Map(Object.entries({ a: parseHostLog(a), b: parseHostLog(b) })) })
    .problems;
const both = journal(ok(0), ok(1));
const withEnd = (end: End, exitCode?: number): RunEvent[] =>
  journal({ host: 0, end, ...(exitCode === undefined ? {} : { exitCode }) }, ok(1));

/** Host a is told as cancelled, in a run that was killed. */
const killed = ((): RunEvent[] => {
  const [started, ...rest] = withEnd({ outcome: "cancelled", blame: "submission" });
  if (started === undefined) throw new Error("no events");
  const { time, run } = started;
  return [started, { type: "run.stopping", time, run, how: "kill", reason: "SIGINT, again" }, ...rest];
})();

/** What is wrong, the journal, host a's file, and what is said of it. */
const WRONG: readonly (readonly [string, readonly RunEvent[], string, string])[] = [
  ["a second start of an attempt", both, `${good}${good}`, "double start: j 1 started 2 times on a"],
  [
    "a start while another attempt runs",
    both,
    "start j 1 1.00 -\nstart j 2 1.50 -\nend j 1 2.00 0\nend j 2 2.50 0\n",
    "double start: j 2 started on a while attempt 1 ran",
  ],
  ["an attempt nobody asked for", both, `${good}start j 2 3.00 -\n`, "does not know"],
  ["ok of what failed there", both, "start j 1 1.00 -\nend j 1 2.00 7\n", "untrue: 1/j/a attempt 1 is ok"],
  ["ok of what never started", both, "", "started 0 times"],
  ["ok of what has no end", both, "start j 1 1.00 -\n", "ended with []"],
  ["another exit code", withEnd({ outcome: "failed" }, 3), "start j 1 1.00 -\nend j 1 2.00 7\n", "failed 3"],
  ["skipped of what ran", withEnd({ outcome: "skipped" }), good, "is skipped"],
  ["refused of what ran", withEnd({ outcome: "refused", noRetry: true }), good, "is refused"],
  ["timedOut of what ended by itself", withEnd({ outcome: "timedOut" }), good, "is timedOut"],
  [
    "cancelled of what nobody killed",
    withEnd({ outcome: "cancelled" }),
    "start j 1 1.00 -\nend j 1 2.00 143\n",
    "nobody killed it",
  ],
  ["cancelled of what ended by itself", killed, good, "is cancelled"],
  ["unknown of what has an end", withEnd({ outcome: "unknown", blame: "host" }), good, "is unknown"],
  [
    "unknown on a host that never crashed",
    withEnd({ outcome: "unknown", blame: "host" }),
    "start j 1 1.00 -\n",
    "never crashed",
  ],
  ["a journal that ends before its verdict", both.slice(0, -1), good, "verdict: the journal ends with"],
  [
    "a task without an end",
    both.filter((e) => e.type !== "task.ended" || e.host !== "a"),
    good,
    "has 0 final",
  ],
  [
    "a task with two ends",
    both.flatMap((e): RunEvent[] => (e.type === "task.ended" ? [e, e] : [e])),
    good,
    "has 2 final outcomes",
  ],
  [
    "a verdict that does not follow",
    both.map((e) => (e.type === "run.ended" ? { ...e, verdict: "failed" as const } : e)),
    good,
    "verdict: failed, but a replay gives succeeded",
  ],
];

describe("checkRun", () => {
  it("finds nothing where the hosts bear the journal out, and counts", () => {
    expect(problemsOf(both, good)).toEqual([]);
    const checked = checkRun({ events: both, heard: NOBODY, logs: new Map([["a", parseHostLog(good)]]) });
    expect(checked.starts).toBe(1);
    expect(checked.counts).toEqual(new Map([["ok", 2]]));
  });

  it.each(WRONG)("finds %s", (_, events, log, problem) => {
    expect(problemsOf(events, log).join("\n")).toContain(problem);
  });

  it("lets unknown stand where the host crashed, and an attempt follow", () => {
    const unknown = withEnd({ outcome: "unknown", blame: "host" });
    expect(problemsOf(unknown, "start j 1 1.00 -\ncrash - - 1.50\n")).toEqual([]);
    expect(problemsOf(unknown, "crash - - 1.50\n")).toEqual([]);
    const ended = "start j 1 1.00 -\nend j 1 2.00 0\n";
    expect(problemsOf(unknown, `${ended}crash - - 2.10\n`)).toEqual([]);
    expect(problemsOf(unknown, `${ended}crash - - 4.00\n`).join()).toContain("is unknown");
  });

  it("lets unknown stand where the record was removed, be it with the container, and whatever the end was", () => {
    const unknown = withEnd({ outcome: "unknown", blame: "host" });
    const ended = "start j 1 1.00 -\nend j 1 2.00 0\n";
    for (const gone of ["forget", "renew"]) {
      expect(problemsOf(unknown, `start j 1 1.00 -\n${gone} - - 1.50\n`)).toEqual([]);
      expect(problemsOf(unknown, `${ended}${gone} - - 9.00\n`)).toEqual([]);
      expect(problemsOf(unknown, `${gone} - - 0.00\n${ended}`).join()).toContain("is unknown");
    }
    expect(problemsOf(unknown, "forget - - 0.00\nstart j 1 1.00 -\n").join()).toContain("never crashed");
    expect(problemsOf(unknown, "renew - - 0.50\n")).toEqual([]);
  });

  it("lets a start be denied whose record was removed, where nobody had heard of it", () => {
    const skipped = withEnd({ outcome: "skipped" });
    const gone = "start j 1 1.00 -\nforget - - 1.50\nend j 1 2.00 0\n";
    expect(problemsOf(skipped, gone)).toEqual([]);
    const heard = new Map([["a", new Map([["j 1", 1.1]])]]);
    expect(problemsOf(skipped, gone, good, heard).join()).toContain("untrue");
  });

  it("lets nobody learn the end of what was claimed just before its record went, and started just after", () => {
    const unknown = withEnd({ outcome: "unknown" });
    expect(problemsOf(unknown, "forget - - 0.95\nstart j 1 1.00 -\nend j 1 2.00 7\n")).toEqual([]);
    const longBefore = "forget - - 0.95\nstart j 1 9.00 -\nend j 1 9.50 7\n";
    expect(problemsOf(unknown, longBefore).join()).toContain("untrue");
  });

  it("finds a second start without a record where the first was heard, and counts it where it was not", () => {
    const heardAt = (upS: number) => new Map([["a", new Map([["j 1", upS]])]]);
    for (const gone of ["forget", "renew"]) {
      const again = `start j 1 1.00 -\n${gone} - - 1.50\nstart j 1 3.00 -\nend j 1 4.00 0\n`;
      expect(problemsOf(both, again, good, heardAt(1.1)).join()).toContain("double start: j 1 started 2");
      expect(problemsOf(both, again)).toEqual([]);
      // That is output of the second one.
      expect(problemsOf(both, again, good, heardAt(3.1))).toEqual([]);
      const logs = new Map([["a", parseHostLog(again)]]);
      expect(checkRun({ events: both, heard: NOBODY, logs }).unheardAgain).toBe(1);
    }
    expect(problemsOf(both, `forget - - 0.00\n${good}${good}`).join()).toContain("double start");
  });

  it("lets a time limit end with what TERM leaves", () => {
    expect(problemsOf(withEnd({ outcome: "timedOut" }), "start j 1 1.00 -\nend j 1 2.00 143\n")).toEqual([]);
    const afterItsLastLine = "start j 1 1.00 -\nend j 1 2.00 0\nend j 1 2.00 143\n";
    expect(problemsOf(withEnd({ outcome: "timedOut" }), afterItsLastLine)).toEqual([]);
  });

  it("lets a resume not know whether what was starting when the run was left ever started", () => {
    const [started, ...rest] = withEnd({ outcome: "unknown" });
    if (started === undefined) throw new Error("no events");
    const { time, run: id } = started;
    const resumed: RunEvent = { type: "run.resumed", time, run: id, version: "0", who: "op", where: "box" };
    const starting: RunEvent = {
      ...{ type: "task.started", time, run: id, slot: 1, job: "j" },
      ...{ host: "a", attempt: 1, worker: "w" },
    };
    expect(problemsOf([started, starting, resumed, ...rest], "")).toEqual([]);
    expect(problemsOf([started, resumed, ...rest], "").join()).toContain("untrue");
  });

  it("lets a killed host have what TERM or KILL leaves, be it nothing", () => {
    expect(problemsOf(killed, "start j 1 1.00 -\nend j 1 2.00 143\n")).toEqual([]);
    expect(problemsOf(killed, "start j 1 1.00 -\n")).toEqual([]);
    expect(problemsOf(killed, "")).toEqual([]);
  });

  it("takes an end for final unless another attempt was asked for after it, in a run that was stopped", () => {
    const [started, ...rest] = withEnd({ outcome: "failed" }, 7);
    if (started === undefined) throw new Error("no events");
    const { time, run: id } = started;
    const stop: RunEvent = { type: "run.stopping", time, run: id, how: "drain", reason: "SIGINT" };
    const asked: RunEvent = {
      type: "task.asked",
      time,
      run: id,
      slot: 1,
      job: "j",
      host: "a",
      attempt: 2,
      submission: 1,
    };
    const log = "start j 1 1.00 -\nend j 1 2.00 7\n";
    const end = rest.findIndex((event) => event.type === "task.ended" && event.host === "a");
    const before = [started, stop, ...rest.slice(0, end), asked, ...rest.slice(end)];
    expect(problemsOf(before, log).join("\n")).not.toContain("final outcomes");
    const after = [started, stop, ...rest.slice(0, end + 1), asked, ...rest.slice(end + 1)];
    expect(problemsOf(after, log).join("\n")).toContain("1/j/a has 0 final outcomes");
  });

  it("refuses a file that no host of ours wrote", () => {
    expect(() => parseHostLog("begin j 1\n")).toThrow("not a line");
  });
});
