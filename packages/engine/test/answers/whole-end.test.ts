import {
  encodeAnswer,
  endIn,
  parseRunEvent,
  reportIn,
  succeed,
  toRunEvent,
  type RunEvent,
} from "@roadrunner/core";
import { expect, it } from "vitest";
import { wholeEnd } from "../../../core/test/work/whole-end.ts";
import { SubmissionAnswers } from "../../src/answers/submission-answers.ts";
import { waitingReports } from "../../src/resume/waiting-reports.ts";
import { endedTask } from "../../src/story/task-story.ts";
import { planOf } from "../../../../test/support/plans.ts";

const end = wholeEnd();

/** What comes of a worker's answer in the events of the run. */
function eventOf(): RunEvent {
  const answers = new SubmissionAnswers({
    host: "h1",
    functionName: "rr-run",
    nonce: "n1",
    ends: { okCodes: [0], unless: "true", outputs: true },
    again: false,
    submittedAtMs: 0,
    wrapped: { open: (text) => succeed({ text, gap: false }) },
    keepOutputBytes: 1000,
  });
  const answer = encodeAnswer({
    v: 1,
    submission: "n1",
    host: "h1",
    ...end,
    connectMs: 3,
    stdout: "out",
    stderr: "err",
  });
  const read = answers.end(Buffer.from(answer), { wallMs: 0, askedMs: 0, began: false });
  if (read.type !== "ended") throw new Error(`read as ${read.type}`);
  const task = { phase: "slots", slot: 0, job: 0, host: 0, attempt: 1 } as const;
  const head = { time: "2026-11-24T09:16:12.000Z", run: "r1" };
  return toRunEvent(
    planOf({ name: "j", hosts: [{ name: "h1" }] }),
    head,
    { type: "taskEnded", task, final: false, end: read.end },
    read.report,
  );
}

it("is in the events, all that a worker told of it", () => {
  expect(eventOf()).toMatchObject({ type: "task.ended", ...end, connectMs: 3, stdout: "out", stderr: "err" });
});

it("comes whole out of a journal, for the decisions, the resume and the story", () => {
  const event = eventOf();
  const read = parseRunEvent(JSON.stringify(event));
  expect(read).toEqual(succeed(event));
  if (!read.ok || read.value.type !== "task.ended") throw new Error("not an end");
  const [waiting] = waitingReports([read.value]).values();
  expect({ ...endIn(read.value), ...waiting?.report }).toEqual({
    ...end,
    connectMs: 3,
    stdout: "out",
    stderr: "err",
  });
  expect(waiting?.report).toEqual(reportIn(read.value));
  // Outputs are gathered, and what is decided by alone is not told by task.
  const { outputLost: _, noRetry: __, mayBeRunning: ___, outcome: ____, ...told } = end;
  const task = endedTask({ host: "h1", attempt: 1 }, read.value, 0);
  expect(task).toEqual({ host: "h1", attempt: 1, endedMs: 0, ...told, connectMs: 3 });
});
