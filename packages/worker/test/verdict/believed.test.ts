import { contradictionIn } from "@roadrunner/core";
import { expect, it } from "vitest";
import { verdictOfAnswer, verdictOfCode } from "../../src/verdict/record-verdict.ts";
import type { RecordAnswer } from "../../src/visit/record-answer.ts";
import { remoteTask } from "../program/task.ts";

/** What the worker says of an end is such that a client believes it. */
it("no exit code, cause or rest makes an outcome that cannot be", () => {
  for (const okCodes of [[0], [0, 3, 143], [255]])
    for (const cause of [undefined, "timedOut", "cancelled"] as const)
      for (const left of [[], [7]])
        for (let code = 0; code < 256; code += 1) {
          const task = remoteTask({ okCodes, timeoutMs: 1000 });
          const told = verdictOfCode(code, cause, task, left);
          expect(contradictionIn(told, task), JSON.stringify(told)).toBeUndefined();
        }
});

it.each<RecordAnswer>([
  { kind: "ended", exitCode: 0, bootId: "b" },
  { kind: "ended", exitCode: 143, cause: "timedOut", bootId: "b", left: [7] },
  { kind: "withdrawn" },
  { kind: "withdrawn", boot: { upMs: 5 } },
  { kind: "unstarted" },
  { kind: "forgotten", boot: { upMs: 5 } },
  { kind: "unproved", boot: { upMs: 5 } },
  { kind: "unknown", why: "gone" },
  { kind: "none", word: "restarted", detail: "" },
])("nor does a record: %j", (answer) => {
  const task = remoteTask({ timeoutMs: 1000 });
  const told = verdictOfAnswer(answer, task);
  const notTaken = told.outcome === "refused" && told.noRecord !== undefined ? "unproved" : undefined;
  expect(contradictionIn({ ...told, notTaken }, task)).toBeUndefined();
});
