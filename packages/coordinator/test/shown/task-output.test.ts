import { describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { chooseEnd, type Wanted } from "../../src/shown/choose-end.ts";
import { outputOf } from "../../src/shown/task-output.ts";
import type { NumberedEnd } from "../../src/store/store.ts";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

function end(number: number, fields: Partial<TaskEnded>): NumberedEnd {
  const head = { type: "task.ended", time: "2026-11-24T09:16:12.000Z", run: "r", slot: 1 } as const;
  const task = { job: "deploy", host: "web1", attempt: 1, final: true, outcome: "ok" } as const;
  return { number, event: { ...head, ...task, ...fields } };
}

describe("the end that is meant", () => {
  const plain = [end(9, { attempt: 2 }), end(5, { attempt: 1, final: false, outcome: "failed" })];
  /** Drained, deployed at the second try, not undrained; then gone on with. */
  const staged = [
    end(8, { outcome: "failed", decidedBy: "deploy", at: "lb1" }),
    end(7, { stage: "undrain", at: "lb1" }),
    end(6, { stage: "deploy", attempt: 2, outcome: "failed" }),
    end(5, { stage: "deploy", attempt: 1, outcome: "timedOut", final: false }),
    end(4, { stage: "drain", at: "lb1" }),
  ];
  const again = [end(12, { stage: "drain", at: "lb1", attempt: 2 }), ...staged];
  const skipped = [end(3, { outcome: "skipped", attempt: 1 })];

  it.each<[string, readonly NumberedEnd[], Wanted, number | undefined]>([
    ["the last attempt", plain, {}, 9],
    ["an attempt", plain, { attempt: 1 }, 5],
    ["an attempt that there is not", plain, { attempt: 3 }, undefined],
    ["a stage of a job without stages", plain, { stage: "drain" }, undefined],
    ["the stage that decided, though others ran after it", staged, {}, 6],
    ["a stage", staged, { stage: "undrain" }, 7],
    ["an attempt of a stage", staged, { stage: "deploy", attempt: 1 }, 5],
    ["where it ran", staged, { at: "lb1" }, 7],
    ["a stage elsewhere", staged, { stage: "drain", at: "lb2" }, undefined],
    ["the newest stage of a way that goes on again", again, {}, 12],
    ["the last stage of a way that was ok", [end(8, {}), ...staged.slice(1)], {}, 7],
    ["why nothing was started", skipped, {}, 3],
    ["nothing", [], {}, undefined],
  ])("%s", (_, ends, wanted, number) => {
    expect(chooseEnd(ends, wanted)?.number).toBe(number);
  });

  it("names all that was tried, the oldest first", () => {
    expect(outputOf(staged[2] ?? end(1, {}), staged)).toMatchObject({
      ...{ number: 6, stage: "deploy", attempt: 2, outcome: "failed" },
      tried: [
        { stage: "drain", at: "lb1", attempt: 1, outcome: "ok" },
        { stage: "deploy", attempt: 1, outcome: "timedOut" },
        { stage: "deploy", attempt: 2, outcome: "failed" },
        { stage: "undrain", at: "lb1", attempt: 1, outcome: "ok" },
      ],
    });
  });
});

it.each<[string, Partial<TaskEnded>, object]>([
  ["all of it", { stdout: "a", stderr: "b" }, { kept: "whole", stdout: "a", stderr: "b" }],
  ["none", {}, { kept: "whole", stdout: "", stderr: "", omittedBytes: { stdout: 0, stderr: 0 } }],
  [
    "some of it",
    {
      stdout: "ac",
      stderr: "",
      omittedBytes: { stdout: 7, stderr: 0 },
      omittedAfter: { stdout: 1, stderr: 0 },
    },
    { kept: "cut", omittedBytes: { stdout: 7, stderr: 0 }, omittedAfter: { stdout: 1, stderr: 0 } },
  ],
  [
    "bytes",
    { stdout: "/w==", stderr: "", encoding: { stdout: "base64" } },
    { kept: "whole", stdout: "/w==", encoding: { stdout: "base64" } },
  ],
  ["what could not be had", { stdout: "a", stderr: "", outputLost: true }, { kept: "lost", stdout: "a" }],
  ["what was removed", { outputLost: true }, { kept: "pruned", stdout: "" }],
])("%s is shown as it was kept", (_, fields, shown) => {
  const one = end(4, fields);
  expect(outputOf(one, [one])).toMatchObject(shown);
});
