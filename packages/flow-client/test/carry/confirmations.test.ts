import type { SubmittedRun, Waiting } from "@roadrunner/engine";
import { expect, it } from "vitest";
import {
  confirmedElsewhere,
  confirmWord,
  isConfirm,
  readConfirmation,
} from "../../src/carry/confirmations.ts";

type Confirmed = ReturnType<SubmittedRun["confirm"]>;

const job = (name: string): Waiting => ({ slot: 1, job: name, text: `job "${name}" holds\nGo on?` });
const slot: Waiting = { slot: 2, slotName: "web", text: "Go?" };

const told = (word: string, confirmed: Confirmed) =>
  readConfirmation(confirmedElsewhere(word, { confirm: () => confirmed }));

it.each<[string | undefined, Confirmed, boolean, RegExp]>([
  [undefined, { kind: "confirmed", what: job("a") }, true, /^job a goes on: job "a" holds/],
  [undefined, { kind: "confirmed", what: slot }, true, /^slot 2 \(web\) goes on: Go\?$/],
  [undefined, { kind: "nothing" }, false, /^nothing waits to be confirmed$/],
  [undefined, { kind: "several", waiting: [job("a"), job("b")] }, false, /name one: a, b$/],
  ["c", { kind: "noSuchJob", waiting: [job("a")] }, false, /^no job c holds; what waits: a$/],
  ["c", { kind: "noSuchJob", waiting: [slot] }, false, /what waits: slot 2 \(web\)$/],
])("%s, %j", (name, confirmed, done, text) => {
  const confirmation = told(confirmWord(name), confirmed);
  expect(confirmation).toMatchObject({ done });
  expect(confirmation?.text).toMatch(text);
});

it("is one short line, whatever the flow's own words are", () => {
  const many = Array.from({ length: 500 }, (_, index) => job(`job-with-a-long-name-of-its-own-${index}`));
  const long = { ...slot, text: `${"x".repeat(5000)}\n\u001b[2J` };
  const lines = [
    confirmedElsewhere("confirm", { confirm: () => ({ kind: "several", waiting: many }) }),
    confirmedElsewhere("confirm", { confirm: () => ({ kind: "confirmed", what: long }) }),
  ];
  for (const line of lines) {
    expect(line.length).toBeLessThan(1000);
    expect(line).not.toMatch(/[\n\u001b]/);
  }
});

it("asks for the job that was named, and for no other word", () => {
  const asked: (string | undefined)[] = [];
  const run = {
    confirm: (name?: string): Confirmed => {
      asked.push(name);
      return { kind: "nothing" };
    },
  };
  for (const name of [undefined, "upgrade"]) confirmedElsewhere(confirmWord(name), run);
  expect(asked).toEqual([undefined, "upgrade"]);
  expect(["confirm", "confirm a", "stop", "confirmed"].map(isConfirm)).toEqual([true, true, false, false]);
});

it("an older rr-submit knows nothing of it", () => {
  expect(readConfirmation("what is confirm?")).toBeUndefined();
});
