import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { outputsTold } from "../../packages/worker/src/program/outputs.ts";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { outputsOf } from "../../packages/worker/src/verdict/outputs.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { BOTH_WAYS, deliverTask, OPENSSH, type Shell } from "./local-programs.ts";
import { withdrawProgram } from "../../packages/worker/src/program/kill-program.ts";
import { digestOf } from "../../packages/worker/src/program/record.ts";
import { freshNonce } from "../../packages/worker/src/visit/nonce.ts";
import { startLocally, type LocalEnd } from "../../packages/worker/test/program/local-shell.ts";
import { dir, onceTask, record, useRecordDir } from "./record-ground.ts";

failOnLeftovers();

useRecordDir();

const DELIVERIES = ["once", "repeatable"] as const;

function taskOf(delivery: (typeof DELIVERIES)[number], fields: Partial<RemoteTask>): RemoteTask {
  return onceTask({ delivery, outputs: true, ...fields });
}

const outputs = (end: LocalEnd): unknown => {
  const result = outputsOf(outputsTold(end.marks), []);
  return result.ok ? result.value : result.error;
};

/** What is in a bad state, what makes it so, and what is said of it. */
const BAD: readonly (readonly [string, string, string])[] = [
  ["removed", 'rm "$RR_OUT"', "removed or replaced"],
  ["a directory", 'rm "$RR_OUT"; mkdir "$RR_OUT"', "removed or replaced"],
  ["a link", 'rm "$RR_OUT"; ln -s /etc/passwd "$RR_OUT"', "removed or replaced"],
  ["a FIFO", 'rm "$RR_OUT"; mkfifo "$RR_OUT"', "removed or replaced"],
  ["another file", 'echo a=1 >"$RR_OUT.x"; mv "$RR_OUT.x" "$RR_OUT"', "removed or replaced"],
  [
    "binary",
    'head -c 300 /dev/urandom | tr -d "\\n" >"$RR_OUT"; printf "\\377" >>"$RR_OUT"',
    "not UTF-8 text",
  ],
  ["with a NUL", 'printf "a=1\\0" >"$RR_OUT"', "line 1 holds a NUL byte"],
  ["without =", 'printf "a=1\\n\\nleader\\n" >"$RR_OUT"', "line 3 is no NAME=VALUE"],
  ["one name twice", 'printf "a=1\\na=2" >"$RR_OUT"', "a stands in line 1 and in line 2"],
  ["no name", 'echo "export a=1" >"$RR_OUT"', 'line 1: "export a" is no name'],
];

describe.each(BOTH_WAYS)("outputs under %s", (_, shell) => {
  const run = async (
    delivery: (typeof DELIVERIES)[number],
    command: string,
    more: Partial<RemoteTask> = {},
  ) => outputs(await deliverTask(shell, taskOf(delivery, { command, ...more })).end);

  test.each(DELIVERIES)("arrive byte for byte, and leave no file behind (%s)", async (delivery) => {
    const values = { one: `"double" 'single' \\ \`x\` $(y) $z * é`, two: " a=b  c\t", none: "", HOME: "\r" };
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
    const script = `printf %s '${lines.join("").replaceAll("'", `'\\''`)}' >"$RR_OUT"; ls -ln "$RR_OUT"; umask`;
    const task = taskOf(delivery, { command: script, timeoutMs: 60_000 });
    const end = await deliverTask(shell, task).end;
    expect(outputs(end)).toEqual(values);
    // Ours alone, whatever the directory lets others see; and the command's own files are as ever.
    expect(end.stdout.toString()).toMatch(/^-rw-------.*\n0*022\n$/);
    expect(readdirSync(dir).filter((name) => name.startsWith("o-"))).toEqual([]);
  });

  test("come from the record to whoever asks again, and are no other command's", async () => {
    const command = `echo "leader=db1" >>"$RR_OUT"; echo x >>${dir}/starts`;
    expect(await run("once", command)).toEqual({ leader: "db1" });
    expect(record()).toMatch(/\no 6c 65 61 64 [0-9a-f ]+\no \.\n/);
    expect(statSync(join(dir, readdirSync(dir).find((name) => name.endsWith(".1")) ?? "")).mode & 0o777).toBe(
      0o600,
    );
    const again = await deliverTask(shell, taskOf("once", { command })).end;
    expect(again.marks.map(({ word }) => word)).toContain("recorded");
    expect(outputs(again)).toEqual({ leader: "db1" });
    expect(readFileSync(join(dir, "starts"), "utf8")).toBe("x\n");
    expect(outputs(await withdrawn(shell, taskOf("once", { command })))).toEqual({ leader: "db1" });
  });

  test("are none where nothing is written, and of a script as well", async () => {
    expect(await run("once", "true")).toEqual({});
    const script = { name: "x.sh", text: '#!/bin/sh\necho a=1 >"$RR_OUT"\n' };
    const task = taskOf("repeatable", { script });
    expect(outputs(await deliverTask(shell, task).end)).toEqual({ a: "1" });
    expect(readdirSync(dir).filter((name) => /^[os]-/.test(name))).toEqual([]);
  });

  test("are read to their bound, and no further", async () => {
    const full = `printf 'a=%065533d\\n' 0 >"$RR_OUT"`;
    expect(await run("once", full)).toEqual({ a: "0".repeat(65_533) });
    expect(outputs(await withdrawn(shell, taskOf("once", { command: full })))).toEqual({
      a: "0".repeat(65_533),
    });
    const more = `printf 'a=%065534d\\n' 0 >"$RR_OUT"`;
    expect(await run("repeatable", more)).toBe("more than 64 KiB");
    const huge = `dd if=/dev/null of="$RR_OUT" bs=1 seek=1073741824 2>/dev/null`;
    expect(await run("once", huge, { attempt: 2 })).toBe("more than 64 KiB");
  });

  test("of a file in a bad state are not taken, and nobody waits for them", async () => {
    const found = await Promise.all(
      BAD.map(([, command], index) =>
        run("once", command, { attempt: index + 1, recordKey: `${index}`.padStart(26, "x") }),
      ),
    );
    const expected: unknown[] = BAD.map(([, , expected]) => expect.stringContaining(expected));
    expect(found).toEqual(expected);
  });

  test("a child that still writes neither holds the task up nor is read", async () => {
    const child = `sh -c 'while :; do echo "late=1" >>"$RR_OUT"; echo noise; done' &`;
    const task = taskOf("once", { command: `echo a=1 >"$RR_OUT"; ${child} sleep 0.1; kill $!` });
    expect(outputs(await deliverTask(shell, task).end)).toMatch(/late stands in line|more than 64 KiB/);
  });
});

/** What a worker hears that makes sure that a task never starts. */
function withdrawn(shell: Shell, task: RemoteTask): Promise<LocalEnd> {
  const nonce = freshNonce();
  return startLocally(shell, withdrawProgram(task, digestOf(task), nonce, OPENSSH), nonce).end;
}
