import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { firstText, keepingText, servedText } from "../../packages/worker/src/program/kept-shell.ts";
import { remoteProgram, servedProgram } from "../../packages/worker/src/program/program.ts";
import { shortName } from "../../packages/worker/src/program/shell/host-text.ts";
import { SHELLS } from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

let temp: TempDir;
beforeAll(() => {
  temp = makeTempDir("cut");
});
afterAll(() => {
  temp.remove();
});

/** What a shell says to a program of which only this much arrived. */
async function say(shell: readonly [string, ...string[]], text: string): Promise<string> {
  const child = spawn(shell[0], shell.slice(1), { detached: true, stdio: "pipe", cwd: temp.path });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.on("error", () => {});
  child.stdin.end(text);
  await once(child, "close");
  return said;
}

const ROWS = SHELLS.flatMap((shell) => [false, true].map((isKept) => ({ shell, isKept }))).map(
  ({ shell, isKept }, row) => ({ name: shell.join(" "), shell, isKept, row }),
);

test.each(ROWS)(
  "a program that is cut short anywhere starts and claims nothing, under $name, kept: $isKept",
  async ({ shell, isKept, row }) => {
    const task = remoteTask({
      command: "echo ran >ran; echo 'it'\\''s\nrunning'\nexit 3",
      env: { A: "it's\na value", B: `}\n${shortName("rr_main")}\n` },
      timeoutMs: 5000,
      delivery: "once",
      onDisconnect: "finish",
      recordKey: "cut".padEnd(26, "x"),
      recordDir: temp.path,
    });
    const place = { server: "OpenSSH_9.2p1" };
    const served = servedProgram(task, { ...place, isKept: true });
    const body = isKept ? served.common + servedText(served.task, 2) : remoteProgram(task, place).body;
    // All lengths near the end. Before it, where the cut falls and who reads are different matters: what a shell makes of
    // half a function is one grammar, so each row has lengths of its own, and all rows together every thirtieth.
    const whole = body.trimEnd().length;
    const lengths = Array.from({ length: whole }, (__, length) => length).filter(
      (length) => length % (30 * ROWS.length) === 30 * row || length > whole - 20,
    );
    const spoke: [number, string][] = [];
    for (let index = 0; index < lengths.length; index += 8) {
      await Promise.all(
        lengths.slice(index, index + 8).map(async (length) => {
          const said = await say(shell, body.slice(0, length));
          // bash quotes the line that it could not read, with a quote at its end.
          if (new RegExp(`rr:${task.nonce}:\\w+( [^'\n]*)?\n`).test(said)) spoke.push([length, said]);
        }),
      );
    }
    expect(spoke).toEqual([]);
    expect(readdirSync(temp.path)).toEqual([]);
    const before = `${firstText("exit 0\n")}${keepingText(task.become, "k".repeat(20))}`;
    const text = isKept ? before + body : body;
    // A busy machine may not be able to prove at once that a shell may be kept; it then ends before this task.
    await until("the whole to run", async () => (await say(shell, text)).includes(":end 3 -"));
    for (const name of readdirSync(temp.path)) expect(["ran", `${task.recordKey}.1`]).toContain(name);
    temp.remove();
    temp = makeTempDir("cut");
  },
  120_000,
);
