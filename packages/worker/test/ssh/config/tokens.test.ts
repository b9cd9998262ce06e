import { expect, test } from "vitest";
import { expandPath, expandTokens, tokensOf, type LocalBox } from "../../../src/ssh/config/tokens.ts";

const box: LocalBox = {
  user: "ops",
  uid: 1000,
  home: "/home/ops",
  hostname: "box.example",
  env: { KEYS: "/keys", PERCENT: "a%hb" },
};
const tokens = tokensOf(
  { host: "db1", hostname: "10.0.0.5", hostKeyAlias: undefined, port: 2222, user: "deploy", jump: "" },
  box,
);

test.each([
  ["~/.ssh/id", "/home/ops/.ssh/id"],
  ["~", "/home/ops"],
  ["/k/%h", "/k/10.0.0.5"],
  ["%d/%u/%i/%n/%p/%r/%l/%L/%k", "/home/ops/ops/1000/db1/2222/deploy/box.example/box/db1"],
  ["100%%", "100%"],
  ["${KEYS}/%r", "/keys/deploy"],
  ["${PERCENT}", "a%hb"],
  ["$KEYS", "$KEYS"],
])("%s", (text, path) => {
  expect(expandPath(text, tokens, box)).toEqual({ ok: true, value: path });
});

test.each([
  ["%z", "unknown token %z"],
  ["a%", "unknown token %"],
  ["${NOT_SET}/x", "the environment variable NOT_SET is not set"],
  ["~root/x", "the home folder of root is not looked up; write it out"],
])("%s is refused", (text, error) => {
  expect(expandPath(text, tokens, box)).toEqual({ ok: false, error });
});

test("ProxyCommand's tokens are fewer", () => {
  expect(expandTokens("%h %u", { h: "x" })).toEqual({ ok: false, error: "unknown token %u" });
});
