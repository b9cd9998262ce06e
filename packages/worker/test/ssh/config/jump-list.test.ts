import { expect, test } from "vitest";
import { parseJumpList } from "../../../src/ssh/config/jump-list.ts";

test.each([
  ["a", [{ host: "a" }]],
  ["u@a:2200", [{ host: "a", user: "u", port: 2200 }]],
  ["u@v@a", [{ host: "a", user: "u@v" }]],
  ["a,u@b , c".replaceAll(" ", ""), [{ host: "a" }, { host: "b", user: "u" }, { host: "c" }]],
  ["[::1]:22", [{ host: "::1", port: 22 }]],
  ["[a]", [{ host: "a" }]],
  ["a:", [{ host: "a" }]],
  ["a # why", [{ host: "a" }]],
  ["ssh://u%20x@a:22/", [{ host: "a", user: "u x", port: 22 }]],
  ["none", []],
  ["None", []],
  ["", undefined],
  ["a,,b", undefined],
  [",a", undefined],
  ["a:x", undefined],
  ["a:70000", undefined],
  ["u@", undefined],
  ["@a", undefined],
  ["::1", undefined],
  ["a b", undefined],
  ["ssh://a/x", undefined],
  ["ssh://%zz@a", undefined],
])("%j", (text, hops) => {
  expect(parseJumpList(text)).toEqual(hops);
});
