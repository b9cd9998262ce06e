import { expect, test } from "vitest";
import { checkName } from "../../src/gearman/names.ts";

test.each(["rr-run", "rr-control.box1-4242", "ä".repeat(31), "x".repeat(63)])(
  "%s can go over the wire",
  (name) => {
    expect(checkName("unique", name)).toEqual({ ok: true, value: name });
  },
);

test.each([
  ["", "the unique is empty"],
  ["x".repeat(64), `the unique "${"x".repeat(40)}…" has 64 bytes; at most 63 are possible`],
  ["ä".repeat(32), `the unique "${"ä".repeat(32)}…" has 64 bytes; at most 63 are possible`],
  ["a\0b", String.raw`the unique "a\u0000b" has white space or NUL in it`],
  ["a b", 'the unique "a b" has white space or NUL in it'],
  ["a\n", String.raw`the unique "a\n" has white space or NUL in it`],
])("%j is refused", (name, reason) => {
  expect(checkName("unique", name)).toEqual({ ok: false, error: reason });
});
