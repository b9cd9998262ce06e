import { encodeAnswer, parseOutcome, parseWorkload } from "@roadrunner/core";
import { expect, it } from "vitest";
import { wholeEnd } from "../../../../core/test/work/whole-end.ts";
import { outcomeOf } from "../../../src/daemon/task/outcome.ts";

const parsed = parseWorkload(JSON.stringify({ host: "h1", command: "true" }));
if (!parsed.ok) throw new Error(parsed.error);
const workload = parsed.value;
const nothing = { head: Buffer.alloc(0), tail: Buffer.alloc(0), omittedBytes: 0 };

it("tells all that was learned of an end on its host", () => {
  const { worker: _, ...end } = wholeEnd();
  const said = { head: Buffer.from("out"), tail: Buffer.from("put"), omittedBytes: 0 };
  const outcome = outcomeOf({ workerId: "w1" }, workload, 2.6, { ...end, stdout: said, stderr: nothing });
  const expected = { v: 1, host: "h1", worker: "w1", ...end, connectMs: 3, stdout: "output", stderr: "" };
  expect(outcome).toEqual(expected);
  expect(parseOutcome(encodeAnswer(outcome))).toEqual({ ok: true, value: expected });
});

it("tells how much of the output was left out, and times in whole milliseconds", () => {
  const cut = { head: Buffer.from([0xff, 0x61]), tail: Buffer.from("b"), omittedBytes: 5 };
  const end = { outcome: "ok", durationMs: 1.5, stdout: cut, stderr: nothing } as const;
  expect(outcomeOf({ workerId: "w1" }, workload, 0, end)).toMatchObject({
    durationMs: 2,
    stdout: Buffer.from([0xff, 0x61, 0x62]).toString("base64"),
    encoding: { stdout: "base64" },
    omittedBytes: { stdout: 5, stderr: 0 },
  });
});

it("says of a host without a record that another submission may be made", () => {
  const noRecord = { upMs: 1 };
  const end = { outcome: "refused", noRecord, stdout: nothing, stderr: nothing } as const;
  expect(outcomeOf({ workerId: "w1" }, workload, 0, end)).toMatchObject({ notTaken: "unproved", noRecord });
});
