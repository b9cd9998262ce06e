import { expect, test } from "vitest";
import { beforeGreeting, protocolProblem } from "../../../src/ssh/wire/handshake-problem.ts";

test.each([
  ["", "turnedAway"],
  ["Exceeded MaxStartups\r\n", "turnedAway"],
  ["Not allowed at this time\r\n", "turnedAway"],
  ["220 mail.example ESMTP\r\n", "failed"],
  ["\u0000\u0001", "failed"],
])("closed after saying %j: %s", (heard, kind) => {
  expect(beforeGreeting("db1", "closed", heard)).toMatchObject({ kind, problem: { reason: "protocol" } });
});

test("no algorithm in common ends alike next time, other failures may not", () => {
  const none = new Error("Handshake failed: no matching host key format");
  expect(protocolProblem("db1", "greeting", none).noRetry).toBe(true);
  expect(protocolProblem("db1", "key exchange", new Error("Bad packet length")).noRetry).toBe(false);
});
