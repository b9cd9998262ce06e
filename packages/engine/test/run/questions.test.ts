import type { RunEvent } from "@roadrunner/core";
import { expect, it } from "vitest";
import { job, plan, slot } from "../../../../test/support/plans.ts";
import { Questions, type Answer } from "../../src/run/questions.ts";

const flow = plan(
  [
    slot(job({ name: "a", hosts: 1 }), job({ name: "b", hosts: 1 })),
    { ...slot(job({ name: "c", hosts: 1 })), name: "web" },
  ],
  [slot(job({ name: "z", hosts: 1 }))],
);

const head = { time: "2026-11-29T03:00:00.000Z", run: "r" };
const ended = (name: string) =>
  ({ ...head, type: "job.ended", slot: 1, job: name, verdict: "failed", counts: {} }) as unknown as RunEvent;

/** Somebody who is asked, and answers when the test says so. */
function asking(isElsewhere = false) {
  const asked: { text: string; gone: AbortSignal; say: (answer: Answer) => void }[] = [];
  const answers: [string, Answer][] = [];
  const told: string[] = [];
  const questions = new Questions({
    plan: flow,
    operator: {
      isElsewhere,
      confirm: (text, gone) => new Promise((resolve) => asked.push({ text, gone, say: resolve })),
    },
    onAnswer: ({ text }, answer) => void answers.push([text, answer]),
    onWaits: ({ slot, slotName, text }) => void told.push(`${slot} ${slotName} ${text}`),
  });
  const hold = (index: number, text: string, phase: "slots" | "finally" = "slots"): void =>
    questions.ask({ phase, slot: 0, job: index, text });
  return { questions, asked, answers, told, hold };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it("asks one at a time, and each question has its answer", async () => {
  const { questions, asked, answers, hold } = asking();
  hold(0, "a?");
  hold(1, "b?");
  expect(asked.map(({ text }) => text)).toEqual(["a?"]);
  asked[0]?.say("no");
  await turn();
  asked[1]?.say("yes");
  await turn();
  expect(answers).toEqual([
    ["a?", "no"],
    ["b?", "yes"],
  ]);
  expect(questions.waiting).toEqual([]);
});

it("where nobody is asked, a slot that waits is told of; a job that holds is an event", async () => {
  for (const [isElsewhere, expected] of [
    [true, ["2 web go on?"]],
    [false, []],
  ] as const) {
    const { questions, told, hold } = asking(isElsewhere);
    hold(0, "a?");
    questions.ask({ phase: "slots", slot: 1, text: "go on?" });
    expect(told).toEqual(expected);
  }
});

it.each<[string, (questions: Questions) => void]>([
  ["the job has ended", (questions) => questions.heard([ended("a")])],
  [
    "it is answered",
    (questions) => questions.heard([{ ...head, type: "job.confirmed", slot: 1, job: "a", goOn: true }]),
  ],
  [
    "the run stops",
    (questions) => questions.heard([{ ...head, type: "run.stopping", how: "drain", reason: "" }]),
  ],
  ["the run is over here", (questions) => questions.end()],
])("takes a question back: %s; a late answer counts no more", async (why, take) => {
  const { questions, asked, answers, hold } = asking();
  hold(0, "a?");
  take(questions);
  expect(asked[0]?.gone).toMatchObject({ aborted: true, reason: why });
  asked[0]?.say("yes");
  await turn();
  expect(answers).toEqual([]);
});

it("asks the next one only when the terminal is free again", async () => {
  const { questions, asked, hold } = asking();
  hold(0, "a?");
  hold(1, "b?");
  questions.heard([ended("a")]);
  expect(asked).toHaveLength(1);
  asked[0]?.say("stop");
  await turn();
  expect(asked.map(({ text }) => text)).toEqual(["a?", "b?"]);
});

it("never asks of a job that has ended", () => {
  const { questions, asked, hold } = asking();
  questions.heard([ended("a")]);
  hold(0, "a?");
  expect(asked).toEqual([]);
  expect(questions.waiting).toEqual([]);
});

it("keeps the question of a job in finally through a drain, which it goes on through as well, and not through a kill", () => {
  const { questions, hold } = asking();
  hold(0, "z?", "finally");
  questions.heard([{ ...head, type: "run.stopping", how: "drain", reason: "" }]);
  expect(questions.waiting).toMatchObject([{ slot: 3, job: "z" }]);
  questions.heard([{ ...head, type: "run.stopping", how: "kill", reason: "" }]);
  expect(questions.waiting).toEqual([]);
});

it("takes a slot's question back when the slot starts", () => {
  const { questions, asked } = asking();
  questions.ask({ phase: "slots", slot: 1, text: "web?" });
  expect(questions.waiting).toEqual([{ slot: 2, slotName: "web", text: "web?" }]);
  questions.heard([{ ...head, type: "slot.started", slot: 2 }]);
  expect(asked[0]?.gone.aborted).toBe(true);
});

it("what nobody answered can be answered elsewhere, once", async () => {
  const { questions, asked, answers, hold } = asking();
  expect(questions.confirm()).toEqual({ kind: "nothing" });
  hold(0, "a?");
  asked[0]?.say("nobody");
  await turn();
  expect(questions.isUnanswered).toBe(true);
  expect(questions.confirm("b")).toMatchObject({ kind: "noSuchJob", waiting: [{ job: "a" }] });
  expect(questions.confirm()).toMatchObject({ kind: "confirmed", what: { slot: 1, job: "a" } });
  expect(questions.isUnanswered).toBe(false);
  expect(questions.confirm()).toEqual({ kind: "nothing" });
  expect(answers).toEqual([
    ["a?", "nobody"],
    ["a?", "yes"],
  ]);
});

it("takes a no that is said elsewhere", () => {
  const { questions, answers, hold } = asking();
  hold(0, "a?");
  expect(questions.confirm("a", "no")).toMatchObject({ kind: "confirmed", what: { job: "a" } });
  expect(answers).toEqual([["a?", "no"]]);
});

it("of two that wait one is to be named, and the one that is being asked goes away at the terminal", async () => {
  const { questions, asked, answers, hold } = asking();
  hold(0, "a?");
  hold(1, "b?");
  expect(questions.confirm()).toMatchObject({ kind: "several", waiting: [{ job: "a" }, { job: "b" }] });
  expect(questions.confirm("a")).toMatchObject({ kind: "confirmed" });
  expect(asked[0]?.gone).toMatchObject({ aborted: true, reason: "answered: rr-submit confirm" });
  asked[0]?.say("stop");
  await turn();
  expect(answers).toEqual([["a?", "yes"]]);
  expect(asked.at(-1)?.text).toBe("b?");
});
