import { expect, test } from "vitest";
import { parseIdentities } from "../../../src/ssh/login/agent-answer.ts";

test("an agent's answer, cut anywhere", () => {
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  };
  const body = Buffer.concat([
    Buffer.from([12, 0, 0, 0, 2]),
    text("blob one"),
    text("first"),
    text("blob two"),
    text(""),
  ]);
  const message = Buffer.concat([Buffer.from([0, 0, 0, body.length]), body]);
  for (let length = 0; length < message.length; length += 1)
    expect(parseIdentities(message.subarray(0, length))).toEqual({ kind: "partial" });
  expect(parseIdentities(message)).toEqual({
    kind: "keys",
    keys: [
      { blob: Buffer.from("blob one"), comment: "first" },
      { blob: Buffer.from("blob two"), comment: "" },
    ],
  });
  expect(parseIdentities(Buffer.from([0, 0, 0, 1, 5]))).toEqual({ kind: "refused" });
  expect(parseIdentities(Buffer.from([0, 0, 0, 5, 12, 0, 0, 0, 9]))).toEqual({ kind: "refused" });
});
