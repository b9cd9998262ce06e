import { fail, succeed } from "@roadrunner/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SubmissionProgress } from "../../src/answers/submission-answers.ts";
import { submission, answers, bytes, started, output, outcome, BOOT, KNOWN } from "./answering.ts";

describe("progress of a submission", () => {
  it("is read line by line, however the lines are cut", () => {
    const stream = bytes(started("w1"), { type: "began", v: 1, bootId: BOOT }, output("one"), output("two"));
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        const reader = answers();
        const said: SubmissionProgress[] = [];
        const ends = [...cuts, stream.length].sort((a, b) => a - b);
        ends.forEach((end, index) => {
          said.push(...reader.progress(stream.subarray(ends[index - 1] ?? 0, end), 1500));
        });
        expect(said).toEqual([
          { type: "started", message: started("w1"), first: true },
          { type: "began", boot: { bootId: BOOT } },
          { type: "output", output: output("one") },
          { type: "output", output: output("two") },
        ]);
      }),
    );
  });

  it("starts once, also when the job server gives it to a second worker", () => {
    const reader = answers();
    expect(reader.started).toBe(false);
    expect(reader.progress(bytes(started("w1"), started("w2")), 1500)).toMatchObject([
      { first: true },
      { first: false },
    ]);
    expect(reader.started).toBe(true);
  });

  it("warns of a line that is no progress, with the function whose worker sent it", () => {
    expect(answers().progress(Buffer.from("hello\n"), 1500)).toEqual([
      {
        type: "warning",
        text: expect.stringMatching(/^a worker of rr-run sent a line that is no progress message: /),
      },
    ]);
  });

  it("warns once of any number of such lines, and reads no more after a hundred of them", () => {
    const reader = answers();
    const junk = Buffer.from("junk\n".repeat(50));
    const said = [junk, junk, bytes(started("w1"))].flatMap((part) => reader.progress(part, 1500));
    expect(said.map(({ type }) => type)).toEqual(["warning"]);
    expect(reader.started).toBe(false);
    expect(reader.end(bytes(outcome()), KNOWN)).toMatchObject({ type: "ended", end: { outcome: "ok" } });
  });

  it("counts no worker's starts without end", () => {
    const reader = answers();
    const many = bytes(...Array.from({ length: 300 }, (_, index) => started(`w${index}`)));
    const said = reader.progress(many, 1500);
    expect(said.filter(({ type }) => type === "started")).toHaveLength(100);
    expect(said.filter(({ type }) => type === "warning")).toHaveLength(1);
  });

  it("warns once of what was left out or changed on the way, and reads what still can be read", () => {
    const reader = answers({
      wrapped: { open: (text) => (text === "bad" ? fail("is not ours") : succeed({ text, gap: true })) },
    });
    expect(reader.progress(Buffer.concat([Buffer.from("bad\n"), bytes(output("x"))]), 1500)).toEqual([
      {
        type: "warning",
        text: "web1: an answer is not ours; somebody between here and the workers may have changed them",
      },
      { type: "output", output: output("x") },
    ]);
    expect(reader.end(bytes(outcome()), KNOWN).warning).toBeUndefined();
  });
});

describe("the outcome of a submission", () => {
  it("ends the attempt, with a report that says how long it was queued", () => {
    const reader = answers();
    reader.progress(bytes(started("w1")), 1700);
    expect(reader.end(bytes(outcome({ outcome: "failed", exitCode: 3, connectMs: 200 })), KNOWN)).toEqual({
      type: "ended",
      end: { outcome: "failed", worker: "w1" },
      report: { exitCode: 3, connectMs: 200, queuedMs: 500, stdout: "", stderr: "" },
      settled: true,
    });
  });

  it("keeps as much of its texts as the journal is to hold", () => {
    const endless = "x".repeat(1_000_000);
    const end = answers().end(
      bytes(outcome({ outcome: "failed", reason: endless, signal: endless, worker: endless })),
      KNOWN,
    );
    expect(JSON.stringify(end).length).toBeLessThan(10_000);
    const lost = answers().end(Buffer.from(JSON.stringify({ [endless]: endless, v: endless })), KNOWN);
    expect(JSON.stringify(lost).length).toBeLessThan(10_000);
  });

  it("warns of a gap before it", () => {
    const reader = answers({ wrapped: { open: (text) => succeed({ text, gap: true }) } });
    expect(reader.end(bytes(outcome()), KNOWN)).toMatchObject({
      type: "ended",
      warning:
        "web1: a part of the answers is missing; somebody between here and the workers may have changed them",
    });
  });

  it("is not believed when it cannot be opened", () => {
    const reader = answers({ wrapped: { open: () => fail("is not sealed") } });
    expect(reader.end(Buffer.from("ok"), KNOWN)).toEqual({
      type: "lost",
      reason: "the answer is not sealed, so it is not believed; it says: ok",
      answered: true,
    });
  });

  it("is lost when it is none of ours: no worker has answered", () => {
    const end = answers().end(Buffer.from("done"), KNOWN);
    expect(end).toMatchObject({ type: "lost", reason: expect.stringMatching(/no Roadrunner worker/) });
    expect(end).not.toHaveProperty("answered");
  });

  it("is lost when it hides a first delivery", () => {
    const reader = answers();
    reader.progress(bytes(started("w1")), 1500);
    expect(
      reader.end(bytes(outcome({ outcome: "skipped", worker: "w2", reason: "cancelled" })), KNOWN),
    ).toEqual({
      type: "lost",
      reason: "the job server gave it to a second worker, which did not start it: cancelled",
      answered: true,
    });
  });

  it.each([
    ["unreachable", undefined, false, true],
    ["unreachable", undefined, true, false],
    ["unknown", "worker", true, false],
    ["unknown", "host", true, true],
    ["ok", undefined, true, true],
  ] as const)("%s, blame %s, asked again %s: settles the earlier ones %s", (kind, blame, again, settled) => {
    const end = answers({ again }).end(bytes(outcome({ outcome: kind, ...(blame && { blame }) })), KNOWN);
    expect(end).toMatchObject({ type: "ended", settled });
  });
});

describe("a submission that was right and could not be taken", () => {
  const notTaken = (why: "expired" | "replayed" | "older", takenUntilMs?: number, wallMs = 2000) =>
    answers({
      wrapped: { ...submission.wrapped, ...(takenUntilMs === undefined ? {} : { takenUntilMs }) },
    }).end(bytes(outcome({ outcome: "refused", notTaken: why })), { ...KNOWN, wallMs });

  it("is made anew when it expired by our clock as well", () => {
    expect(notTaken("expired", 2000)).toEqual({ type: "expired" });
    expect(notTaken("expired", 2001)).toMatchObject({ type: "ended", end: { outcome: "refused" } });
  });

  it("is lost when a worker was given it twice", () => {
    expect(notTaken("replayed", 9000)).toEqual({
      type: "lost",
      reason: "the job server gave it to one worker twice",
      answered: true,
    });
  });

  it("is lost, and so asked for again, when its worker is younger than it", () => {
    expect(notTaken("older", 9000)).toEqual({
      type: "lost",
      reason: "worker w1 has started since, and takes it only if it is sent anew",
      answered: true,
    });
  });

  it("stays refused when nothing was signed or sealed", () => {
    expect(notTaken("expired")).toMatchObject({ type: "ended", end: { outcome: "refused" } });
    expect(notTaken("replayed")).toMatchObject({ type: "ended", end: { outcome: "refused" } });
  });
});

describe("an answer of a host that has no record of what was asked for before", () => {
  const bootId = BOOT;
  const SKIPPED = { outcome: "skipped", notTaken: undefined };
  const noRecord = (upMs: number) => ({ bootId, container: "24", upMs });
  const end = (upMs: number, fields: object, known: object = {}) =>
    answers({ again: true }).end(
      bytes(outcome({ outcome: "refused", notTaken: "unproved", noRecord: noRecord(upMs), ...fields })),
      { ...KNOWN, askedMs: 10_000, ...known },
    );

  it("lets it start there where the host has been up since before the first question", () => {
    expect(end(10_100, {})).toEqual({ type: "same", boot: { bootId, container: "24" } });
  });

  it.each([
    ["is younger", 9_900, {}, {}, /^host restarted since/],
    ["may be younger, by clocks that do not run alike", 10_001, {}, {}, /^host restarted since/],
    ["does not say which one it is", 99_999, { noRecord: { upMs: 99_999 } }, {}, /^host restarted since/],
    ["has closed the attempt, and is younger", 9_900, SKIPPED, {}, /^host restarted since/],
    [
      "was heard to start it",
      99_999,
      {},
      { began: true },
      /^it was started, or was about to be, and the host has no record of it/,
    ],
    ["was heard to start what it has closed", 99_999, SKIPPED, { began: true }, /^it was started/],
  ])("makes it unknown where the host %s", (_, upMs, fields, known, reason) => {
    expect(end(upMs, fields, known)).toMatchObject({
      type: "ended",
      end: { outcome: "unknown", reason: expect.stringMatching(reason) as string },
      report: { outputLost: true },
    });
  });

  it("believes a host that it never began where that has been the same all the time", () => {
    expect(end(10_100, SKIPPED)).toMatchObject({ end: { outcome: "skipped" } });
  });
});
