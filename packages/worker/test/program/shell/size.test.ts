import { expect, test } from "vitest";
import { killProgram } from "../../../src/program/kill-program.ts";
import { remoteProgram } from "../../../src/program/program.ts";
import { remoteTask } from "../task.ts";

const PLACE = { server: "OpenSSH_9.2p1" };
const nonce = "n".repeat(24);
const once = { nonce, delivery: "once", recordKey: "k".repeat(26) } as const;
const finish = { ...once, onDisconnect: "finish" } as const;

const body = (fields: Parameters<typeof remoteTask>[0]): string =>
  remoteProgram(remoteTask({ nonce, ...fields }), PLACE).body;

const TEXTS = {
  repeatable: body({}),
  "once and finish": body(finish),
  "once, finish and timeout": body({ ...finish, timeoutMs: 60_000 }),
  look: remoteProgram(remoteTask(once), PLACE).look?.() ?? "",
  kill: killProgram(remoteTask(once), { cause: "cancelled" }, nonce, PLACE).body,
};

/** bash reads a program from a pipe byte by byte, so each of them is paid for by every task of every host. */
test("the bytes that go to a host are in sight", () => {
  const sizes = Object.entries(TEXTS).map(([name, text]) => `${name}: ${Buffer.byteLength(text)}`);
  expect(sizes).toMatchInlineSnapshot(`
    [
      "repeatable: 653",
      "once and finish: 3165",
      "once, finish and timeout: 7040",
      "look: 4211",
      "kill: 6756",
    ]
  `);
});

test("the text that goes to a host is in sight", async () => {
  const all = Object.entries(TEXTS).map(
    ([name, text]) => `##### ${name}\n${text.replace(/=[0-9a-f]{20} /, "=DIGEST ")}`,
  );
  await expect(all.join("\n")).toMatchFileSnapshot("./host-texts.golden");
});
