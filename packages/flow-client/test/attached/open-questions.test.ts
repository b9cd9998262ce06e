import { expect, it } from "vitest";
import { loadFlow, resolvePlan, type RunEvent } from "@roadrunner/core";
import { OpenQuestions } from "../../src/attached/open-questions.ts";

const job = (name: string) => ({ name, hosts: "h[1-2]", command: "true" });
const flow = loadFlow(
  Buffer.from(
    JSON.stringify({
      name: "f",
      slots: [{ jobs: [job("a")] }, { confirm: "Web?", jobs: [job("b"), job("c")] }, { jobs: [job("d")] }],
      finally: [{ confirm: "Clean?", jobs: [job("z")] }],
    }),
  ),
  { file: "f.json" },
);
const resolved = flow.ok ? resolvePlan({ flow: flow.value, random: () => 0 }) : undefined;
if (resolved?.ok !== true) throw new Error(JSON.stringify([flow, resolved]));
const { plan } = resolved.value;

const head = { time: "2026-11-24T09:16:12.000Z", run: "r" };
const counts = {
  ok: 0,
  failed: 0,
  timedOut: 0,
  unreachable: 0,
  refused: 0,
  unknown: 0,
  cancelled: 0,
  skipped: 0,
};
const slotEnded = (slot: number, verdict: "succeeded" | "failed" = "succeeded"): RunEvent => ({
  ...{ ...head, type: "slot.ended", slot, verdict, counts },
});
const slotStarted = (slot: number): RunEvent => ({ ...head, type: "slot.started", slot });
const held = (name: string): RunEvent => ({ ...head, type: "job.held", slot: 2, job: name, reason: "slow" });
const confirmed = (name: string): RunEvent => ({
  ...head,
  type: "job.confirmed",
  slot: 2,
  job: name,
  goOn: true,
});
const ended = (name: string): RunEvent => ({
  ...head,
  type: "job.ended",
  slot: 2,
  job: name,
  verdict: "failed",
  counts,
});

it.each<[string, readonly RunEvent[], readonly string[]]>([
  ["nothing before a slot without a question", [slotStarted(1)], []],
  ["a slot that is next", [slotStarted(1), slotEnded(1)], ["Web?"]],
  ["a slot that has started", [slotEnded(1), slotStarted(2)], []],
  ["the end after a slot that failed", [slotEnded(1, "failed")], ["Clean?"]],
  ["the end after the last slot", [slotEnded(3)], ["Clean?"]],
  ["nothing after the end", [slotEnded(4)], []],
  [
    "jobs that hold",
    [slotStarted(2), held("b"), held("c")],
    ['job "b" holds: slow. Go on?', 'job "c" holds: slow. Go on?'],
  ],
  ["those that are left", [held("b"), held("c"), confirmed("b"), ended("c")], []],
  [
    "nothing of a run that is over",
    [slotEnded(1), { ...head, type: "run.ended", verdict: "cancelled", counts }],
    [],
  ],
])("a run waits for %s", (_, events, texts) => {
  const questions = new OpenQuestions(plan);
  questions.heard(events);
  expect(questions.open.map(({ text }) => text)).toEqual(texts);
});

it("names slots and jobs as the plan has them", () => {
  const questions = new OpenQuestions(plan);
  questions.heard([held("c"), slotEnded(3)]);
  expect(questions.open).toMatchObject([
    { phase: "slots", slot: 1, job: 1 },
    { phase: "finally", slot: 0 },
  ]);
});
