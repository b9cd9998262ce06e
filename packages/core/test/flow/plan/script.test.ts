import { describe, expect, test } from "vitest";
import type { LoadedFlow } from "../../../src/flow/load-flow.ts";
import { scriptOf } from "../../../src/flow/plan/script.ts";

// By itself, since the flow's reader refuses scripts as long as they are in the table of not-yet.ts.
const flow = {
  problemAt: (position, message, hint) => ({
    file: "f",
    line: 1,
    column: 1,
    path: position.path.join("."),
    message,
    ...(hint === undefined ? {} : { hint }),
  }),
} as LoadedFlow;
const PATH = ["slots", 0, "jobs", 0];
const job = { script: "steps/backup.sh" };
const of = (text: string): ReturnType<typeof scriptOf> =>
  scriptOf(flow, job, PATH, new Map([["steps/backup.sh", text]]));

describe("scriptOf", () => {
  test("takes a script with its name", () => {
    expect(of("#!/bin/sh\necho é")).toEqual({
      script: { name: "backup.sh", text: "#!/bin/sh\necho é" },
      problems: [],
    });
    expect(of("#! /usr/bin/env python3").problems).toEqual([]);
  });

  test.each([
    ["echo no interpreter", "the script's first line names no interpreter"],
    ["", "the script's first line names no interpreter"],
    ["#!sh\n", "the script's first line names no interpreter"],
    ["#!/bin/sh\r\necho\r\n", "the script's lines end in CR LF"],
    ["#!/bin/sh\n\0", "the script holds a NUL character; it must be text"],
    [`#!/bin/sh\n${"é".repeat(131_068)}`, "the script has 262146 bytes; it can have 262144"],
  ])("refuses %j", (text, message) => {
    expect(of(text)).toMatchObject({ problems: [{ path: "slots.0.jobs.0.script", message }] });
  });

  test("takes bytes, which must be UTF-8", () => {
    const of = (bytes: Uint8Array) => scriptOf(flow, job, PATH, new Map([["steps/backup.sh", bytes]]));
    expect(of(Buffer.from("#!/bin/sh\necho é")).script?.text).toBe("#!/bin/sh\necho é");
    expect(of(Buffer.from("#!/bin/sh\necho é", "latin1"))).toMatchObject({
      problems: [{ message: "the script, line 2: byte 16 (0xe9) is not valid UTF-8" }],
    });
  });

  test("takes 256 KiB", () => {
    expect(of(`#!/bin/sh\n${"é".repeat(131_067)}`).problems).toEqual([]);
  });

  test("misses a script that nobody read", () => {
    expect(scriptOf(flow, job, PATH, new Map()).problems).toMatchObject([
      { message: "the script was not read" },
    ]);
  });
});
