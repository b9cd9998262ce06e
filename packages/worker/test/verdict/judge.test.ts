import { describe, expect, test } from "vitest";
import { isOpen, judge } from "../../src/verdict/judge.ts";
import type { StopTold } from "../../src/visit/stop.ts";
import type { RemoteEnd, RemoteTask } from "../../src/program/remote-task.ts";
import type { VisitEnd } from "../../src/visit/visit.ts";
import { remoteTask } from "../program/task.ts";
import { LOST, START, verdict, visitEnd } from "./visits.ts";

describe("before the body was written the command cannot have begun", () => {
  const problem = { reason: "refused", message: "no route", blame: "worker", noRetry: false } as const;
  test.each<[string, Partial<VisitEnd>, Partial<RemoteEnd>]>([
    [
      "no exec",
      { reached: "none", problem },
      { outcome: "unreachable", blame: "worker", reason: "no route" },
    ],
    [
      "refused",
      { reached: "greeted", refusal: { outcome: "refused", reason: "late" } },
      { outcome: "refused", reason: "late" },
    ],
    [
      "revoked",
      { reached: "greeted", refusal: { outcome: "skipped", reason: "revoked" } },
      { outcome: "skipped" },
    ],
    ["stopped", { reached: "asked", aborted: true }, { outcome: "skipped" }],
    ["no hello", { reached: "asked", late: "hello" }, { outcome: "unreachable", blame: "host" }],
    [
      "lost",
      { reached: "asked", channelEnd: LOST },
      { outcome: "unreachable", reason: "connection lost before the command was sent: reset by peer" },
    ],
    [
      "nologin",
      { reached: "asked", channelEnd: { kind: "exit", code: 1 }, noise: "not available" },
      { outcome: "unreachable", noRetry: true },
    ],
  ])("%s", (_, fields, expected) => {
    expect(verdict([], fields)).toMatchObject(expected);
    expect(isOpen(visitEnd([], fields), remoteTask(), undefined)).toBe(false);
  });
});

describe("after it", () => {
  test.each<[string, string[], Partial<VisitEnd>, Partial<RemoteEnd>, boolean]>([
    ["an end", [START, "end 0 -"], {}, { outcome: "ok", exitCode: 0 }, false],
    ["a failure", [START, "end 4 -"], {}, { outcome: "failed", exitCode: 4, reason: "exit code 4" }, false],
    ["a signal", [START, "end 139 -"], {}, { outcome: "failed", signal: "SIGSEGV" }, false],
    ["no signal has this number", [START, "end 255 -"], {}, { outcome: "failed", exitCode: 255 }, false],
    ["the limit", [START, "end 143 timedOut"], {}, { outcome: "timedOut", signal: "SIGTERM" }, false],
    ["a kill by another", [START, "end 0 cancelled"], {}, { outcome: "cancelled", exitCode: 0 }, false],
    ["one stream's end", [START, "end 0 -"], { complete: false }, { outcome: "ok", outputLost: true }, false],
    [
      "what was left",
      [START, "left 7 8", "end 143 timedOut"],
      {},
      { outcome: "timedOut", mayBeRunning: true },
      false,
    ],
    [
      "an end without a start",
      [],
      { channelEnd: { kind: "exit", code: 2 } },
      { outcome: "unreachable", blame: "host" },
      false,
    ],
    [
      "a loss before the start",
      [],
      { channelEnd: LOST },
      { outcome: "unknown", mayBeRunning: true, outputLost: true },
      true,
    ],
    ["a channel closed without a word", [], { channelEnd: { kind: "closed" } }, { outcome: "unknown" }, true],
    ["no start in time", [], { late: "start" }, { outcome: "unknown", mayBeRunning: true }, true],
    [
      "a loss",
      [START],
      { channelEnd: LOST },
      { outcome: "unknown", mayBeRunning: true, outputLost: true },
      true,
    ],
    [
      "a dead wrapper",
      [START],
      { channelEnd: { kind: "signal", signal: "SIGKILL" } },
      { outcome: "unknown", mayBeRunning: true },
      true,
    ],
    [
      "a wrapper that ended while the command ran",
      [START, "running"],
      { channelEnd: { kind: "exit", code: 2 } },
      { outcome: "unknown", mayBeRunning: true },
      true,
    ],
    [
      "a wrapper that could not fork",
      [START, "helpers 4712"],
      { channelEnd: { kind: "exit", code: 2 } },
      {
        outcome: "refused",
        blame: "host",
        reason: "/bin/sh ended with 2 before the command started; see the login user's limits (ulimit -u)",
      },
      true,
    ],
    ["no place", [START, "nocwd", "end -"], {}, { outcome: "refused" }, false],
    ["no record", [START, "norecord space", "end -"], {}, { outcome: "refused", blame: "host" }, false],
    [
      "a record's end",
      [START, "exists", START, "recorded 003 - b", "end -"],
      {},
      { outcome: "failed", exitCode: 3, outputLost: true },
      false,
    ],
    [
      "a record's limit",
      [START, "recorded 143 timedOut b", "end -"],
      {},
      { outcome: "timedOut", outputLost: true },
      false,
    ],
    ["gone", [START, "unknown gone", "end -"], {}, { outcome: "unknown", outputLost: true }, false],
    [
      "another host",
      [START, "unknown otherhost", "end -"],
      {},
      { outcome: "unknown", mayBeRunning: true },
      false,
    ],
    ["withdrawn", [START, "withdrawn", "end -"], {}, { outcome: "skipped" }, false],
    ["another command", [START, "other", "end -"], {}, { outcome: "refused", otherRecord: true }, false],
    ["restarted since", [START, "restarted", "end -"], {}, { outcome: "unknown", outputLost: true }, false],
    [
      "lost while waiting",
      [START, "exists", START, "wait 5 9 9 9 1 b"],
      { channelEnd: LOST },
      { outcome: "unknown" },
      true,
    ],
  ])("%s", (_, marks, fields, expected, open) => {
    const end = verdict(marks, fields);
    expect(end).toMatchObject(expected);
    if (end.outcome !== "ok") expect(end.reason).toBeTruthy();
    if (end.outcome !== "ok") expect(end.blame).toBeTruthy();
    expect(isOpen(visitEnd(marks, fields), remoteTask(), undefined)).toBe(open);
  });
});

describe("a later visit that begins nothing", () => {
  const after = (marks: readonly string[], fields: Partial<VisitEnd>) =>
    judge({
      task: remoteTask({ delivery: "once" }),
      user: "op",
      visit: visitEnd(marks, fields),
      heard: visitEnd([START, "claimed - -"], { channelEnd: LOST }),
    });
  test.each<[string, readonly string[], Partial<VisitEnd>]>([
    ["whose shell ends before its start mark", [], { channelEnd: { kind: "exit", code: 1 } }],
    ["that is refused", [START, "nocwd"], {}],
  ])("%s says nothing of the command that an earlier one began", (_, marks, fields) => {
    const end = after(marks, fields);
    expect(end).toMatchObject({ outcome: "unknown", mayBeRunning: true });
    expect(end.reason).toMatch(/^the command was started, and its record could not be asked: /);
  });
});

test.each<[string, Partial<RemoteTask>, string, Partial<VisitEnd>, RegExp]>([
  [
    "a record",
    { delivery: "once" },
    "norecord space",
    {},
    /^no record can be made .* of \/var\/tmp\/roadrunner-USER is full/,
  ],
  [
    "a record of somebody",
    { delivery: "once" },
    "norecord link op",
    {},
    / \/var\/tmp\/roadrunner-op is a symbolic link/,
  ],
  [
    "a user that is no name",
    { delivery: "once" },
    "norecord link \u001b$&",
    {},
    /roadrunner-USER is a symbolic link/,
  ],
  [
    "a record elsewhere",
    { delivery: "once", recordDir: "/r/%u/%u" },
    "norecord foreign op",
    {},
    / \/r\/op\/op belongs/,
  ],
  [
    "a script",
    { delivery: "repeatable" },
    "norecord foreign op",
    {},
    /^the script cannot be written on the host: \/var\/tmp\/roadrunner-op belongs/,
  ],
  [
    "outputs",
    { delivery: "repeatable", outputs: true },
    "norecord foreign op",
    {},
    /^the file for its outputs \(RR_OUT\) cannot be made on the host: \/var\/tmp\/roadrunner-op belongs/,
  ],
  ["outputs on a full disk", { outputs: true }, "nooutputs op", {}, /made in \/var\/tmp\/roadrunner-op on/],
  [
    "a record that others can take",
    { delivery: "once" },
    "norecord others:drwxrwxrwx op",
    {},
    /roadrunner-op or a folder above it can be changed by others \(drwxrwxrwx\)/,
  ],
  ["a script on a full disk", {}, "noscript op", {}, /written to \/var\/tmp\/roadrunner-op on/],
  [
    "sudo's password",
    { recordDir: "/r" },
    "norecord sticky op",
    { reached: "asked" },
    /^sudo's password cannot be handed to sudo on the host: \/var\/tmp has no sticky bit/,
  ],
])("where there is no place for %s, that is said, with the path", (_, task, mark, fields, expected) => {
  const marks = fields.reached === undefined ? [START, mark, "end -"] : [mark];
  const { outcome, reason } = verdict(marks, fields, { task });
  expect(outcome).toBe("refused");
  expect(reason).toMatch(expected);
  if (task.delivery !== "once") expect(reason).not.toMatch(/once/);
});

describe("a host that misbehaves", () => {
  test("is not asked again, whatever else it said", () => {
    const end = visitEnd([START, "claimed - -", "end 0 -"], { unruly: "it said too much" });
    expect(isOpen(end, remoteTask({ delivery: "once" }), undefined)).toBe(false);
    expect(verdict([START, "end 0 -"], { unruly: "it said too much" })).toMatchObject({
      outcome: "unknown",
      blame: "host",
      noRetry: true,
      mayBeRunning: true,
      reason: "the host misbehaves: it said too much",
    });
    expect(verdict([], { reached: "asked", unruly: "x" })).toMatchObject({
      outcome: "unreachable",
      noRetry: true,
    });
  });
});

describe("a stop", () => {
  const stop = (kill: StopTold["kill"]): { stop: StopTold } => ({
    stop: { cause: "cancelled", ...(kill === undefined ? {} : { kill }) },
  });

  test("that ended the command is told with its signal", () => {
    const end = verdict([START, "end 143 -"], {}, stop({ kind: "killed" }));
    expect(end).toMatchObject({ outcome: "cancelled", signal: "SIGTERM", blame: "submission" });
  });

  test("that found nothing to end came too late: the command's own end counts", () => {
    expect(verdict([START, "end 0 -"], {}, stop({ kind: "gone" }))).toMatchObject({ outcome: "ok" });
  });

  test("that the command would have shown by its exit code, and does not, came too late as well", () => {
    const outcomeOf = (code: number, kill: StopTold["kill"]) =>
      verdict([START, `end ${code} -`], {}, stop(kill)).outcome;
    expect(outcomeOf(0, { kind: "killed", bySignal: true })).toBe("ok");
    expect(outcomeOf(7, { kind: "killed", bySignal: true })).toBe("failed");
    expect(outcomeOf(143, { kind: "killed", bySignal: true })).toBe("cancelled");
    // A command of its own mind about TERM may end as it likes.
    expect(outcomeOf(0, { kind: "killed" })).toBe("cancelled");
  });

  test("that found the end recorded is told as the record has it", () => {
    const task = { delivery: "once" } as const;
    const asRecorded = (end: string, kill: StopTold["kill"]) =>
      verdict([START, end], {}, { ...stop(kill), task }).outcome;
    expect(asRecorded("end 0 -", { kind: "ended", exitCode: 0 })).toBe("ok");
    expect(asRecorded("end 143 -", { kind: "ended", exitCode: 143 })).toBe("failed");
    expect(asRecorded("end 143 cancelled", { kind: "ended", exitCode: 143, cause: "cancelled" })).toBe(
      "cancelled",
    );
  });

  test("that was cut off counts where no record could tell that it had come to the command", () => {
    const cutOff = { kind: "failed", reason: "the channel ended" } as const;
    const outcomeOf = (delivery: "once" | "repeatable", code: number) =>
      verdict([START, `end ${code} -`], {}, { ...stop(cutOff), task: { delivery } }).outcome;
    expect(outcomeOf("once", 143)).toBe("failed");
    expect(outcomeOf("repeatable", 143)).toBe("cancelled");
    expect(outcomeOf("repeatable", 0)).toBe("ok");
  });

  test("is enough to know where the connection is gone", () => {
    expect(verdict([START], { channelEnd: LOST }, stop({ kind: "killed" }))).toMatchObject({
      outcome: "cancelled",
      outputLost: true,
    });
    const ended = stop({ kind: "ended", exitCode: 143, cause: "cancelled" });
    expect(verdict([START], { channelEnd: LOST }, ended)).toMatchObject({
      outcome: "cancelled",
      exitCode: 143,
    });
  });

  test("that could not kill says so", () => {
    const failed = verdict([START], { aborted: true }, stop({ kind: "failed", reason: "no /proc" }));
    expect(failed).toMatchObject({ outcome: "unknown", mayBeRunning: true });
    expect(failed.reason).toMatch(/the stop could not kill it: no \/proc$/);
    const left = verdict([START, "end 143 -"], {}, stop({ kind: "left", pids: [7, 8] }));
    expect(left).toMatchObject({ outcome: "cancelled", mayBeRunning: true });
    expect(left.reason).toMatch(/still run: 7 8/);
  });

  test("keeps a task open only while nothing settled it", () => {
    const lost = visitEnd([START], { channelEnd: LOST });
    expect(isOpen(lost, remoteTask(), stop({ kind: "failed", reason: "x" }).stop)).toBe(true);
    expect(isOpen(lost, remoteTask(), stop({ kind: "killed" }).stop)).toBe(false);
  });
});
