import { expect, test } from "vitest";
import { evaluateMatch } from "../../../src/ssh/config/match-line.ts";

const base = {
  originalHost: "db1",
  host: "db1.example",
  user: "deploy",
  localUser: "ops",
  isFinalPass: false,
};

test.each([
  ["all", true],
  ["!all", false],
  ["host *.example", true],
  ["host db1", false],
  ["!host db1", true],
  ["originalhost db1", true],
  ["originalhost DB1,web*", true],
  ["originalhost *,!db1", false],
  ["user deploy,root", true],
  ["user Deploy", false],
  ["localuser ops", true],
  ["host *.example user root", false],
  ["host=*.example user=deploy", true],
  ['user "deploy" # comment', true],
  ["final", false],
  ["!final", true],
  ["canonical", false],
])("Match %s: %s", (text, active) => {
  expect(evaluateMatch({ ...base, text })).toMatchObject({ active });
});

test("the final pass", () => {
  expect(evaluateMatch({ ...base, text: "final" }).wantsFinalPass).toBe(true);
  expect(evaluateMatch({ ...base, text: "canonical" }).wantsFinalPass).toBe(false);
  expect(evaluateMatch({ ...base, text: "final host *.example", isFinalPass: true }).active).toBe(true);
});

test("a criterion that is not evaluated counts only where the answer hangs on it", () => {
  expect(evaluateMatch({ ...base, text: 'exec "test -f x"' })).toMatchObject({
    active: false,
    undecided: "exec",
  });
  expect(evaluateMatch({ ...base, text: 'user root exec "x"' }).undecided).toBeUndefined();
});

test.each(["", "host", "nonsense x", "all user root", "user root host a all", "host # comment"])(
  "Match %j is refused",
  (text) => {
    expect(evaluateMatch({ ...base, text }).problem).toEqual(expect.any(String));
  },
);
