import { describe, expect, test } from "vitest";
import { isOpen } from "../../src/verdict/judge.ts";
import { mayHaveRebooted } from "../../src/verdict/reboot.ts";
import type { RemoteEnd, RemoteTask } from "../../src/program/remote-task.ts";
import type { StopTold } from "../../src/visit/stop.ts";
import type { VisitEnd } from "../../src/visit/visit.ts";
import { remoteTask } from "../program/task.ts";
import { LOST, START, verdict, visitEnd } from "./visits.ts";

const ASKING = [START, "helpers 9", "asking"];
const CANCELLED: StopTold = { cause: "cancelled", kill: { kind: "killed" } };

describe.each(["once", "repeatable"] as const)("unless, %s", (delivery) => {
  const task: Partial<RemoteTask> = { unless: "false", delivery };
  test.each<[string, string[], Partial<VisitEnd>, StopTold | undefined, Partial<RemoteEnd>]>([
    ["it is so already", ["asked 0 -", "end -"], {}, undefined, { outcome: "ok", changed: false }],
    ["and a stop came too late", ["asked 0 -", "end -"], {}, CANCELLED, { outcome: "ok", changed: false }],
    [
      "no answer",
      ["asked 127 -", "end -"],
      {},
      undefined,
      { outcome: "failed", reason: "unless: exit code 127" },
    ],
    [
      "a signal",
      ["asked 139 -", "end -"],
      {},
      undefined,
      { outcome: "failed", reason: "unless: SIGSEGV (exit code 139)" },
    ],
    [
      "its time",
      ["asked 143 timedOut", "end -"],
      {},
      undefined,
      {
        outcome: "failed",
        reason: "unless: it ran out of its time (300 s) and was killed: SIGTERM (exit code 143)",
      },
    ],
    [
      "what it left",
      ["left 7 8", "asked 1 left", "end -"],
      {},
      undefined,
      {
        outcome: "failed",
        reason:
          "unless: it left processes that could not be killed and still run: 7 8 (another user's processes?)",
      },
    ],
    [
      "a stop",
      ["asked 143 -", "end -"],
      {},
      CANCELLED,
      { outcome: "skipped", reason: "stopped while unless was asked: the command was not started" },
    ],
    [
      "the worker's own watch over its time",
      ["asked 137 -", "end -"],
      {},
      { cause: "timedOut", kill: { kind: "killed" } },
      { outcome: "failed" },
    ],
    [
      "the end of the shell that asks",
      [],
      { channelEnd: { kind: "signal", signal: "SIGTERM" } },
      undefined,
      {
        outcome: "failed",
        reason: "unless: /bin/sh, which asked it, was ended by SIGTERM before it had an answer",
      },
    ],
  ])("%s", (_, marks, fields, stop, expected) => {
    const said = [...ASKING, ...marks];
    const end = verdict(said, fields, { task, ...(stop === undefined ? {} : { stop }) });
    expect(end).toMatchObject(expected);
    expect([end.exitCode, end.signal]).toEqual([undefined, undefined]);
    expect(isOpen(visitEnd(said, fields), remoteTask(task), stop)).toBe(false);
    expect(mayHaveRebooted({ ...end, stdout: NOTHING, stderr: NOTHING })).toBe(false);
  });

  test("the command that follows is judged as ever, and has changed its host", () => {
    const claimed = delivery === "once" ? ["claimed b 1"] : [];
    const of = (end: string) => verdict([...ASKING, "asked 1 -", ...claimed, end], {}, { task });
    expect(of("end 0 -")).toEqual({ outcome: "ok", exitCode: 0, changed: true });
    expect(of("end 4 -")).toMatchObject({ outcome: "failed", reason: "exit code 4", changed: true });
  });

  test("a loss meanwhile leaves open whether the command began", () => {
    const fields = { channelEnd: LOST };
    expect(verdict(ASKING, fields, { task })).toMatchObject({ outcome: "unknown", mayBeRunning: true });
    expect(isOpen(visitEnd(ASKING, fields), remoteTask(task), undefined)).toBe(true);
  });
});

const NOTHING = { head: Buffer.alloc(0), tail: Buffer.alloc(0), omittedBytes: 0 };
