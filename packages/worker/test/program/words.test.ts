import { isProgramName } from "@roadrunner/core";
import { describe, expect, test } from "vitest";
import { checkTask } from "../../src/program/check-task.ts";
import { oneLine } from "../../src/transport/said-text.ts";
import { explainNoHello } from "../../src/visit/login-shell.ts";
import { digestOf } from "../../src/program/record.ts";
import { interpreterOf } from "../../src/program/script.ts";
import { signalOfExitCode } from "../../src/verdict/signal-names.ts";
import { readParts } from "../../src/program/shell/parts.ts";
import { shortNames } from "../../src/program/shell/short-names.ts";
import { remoteTask } from "./task.ts";

describe("a task is checked before anything is sent", () => {
  test.each<[Parameters<typeof remoteTask>[0], RegExp | undefined]>([
    [{}, undefined],
    [{ env: { _OK1: "x" } }, undefined],
    [{ env: { RANDOM: "x" } }, /RANDOM belongs to the shell/],
    [{ env: { PWD: "/" } }, /PWD belongs to the shell/],
    [{ secretEnv: { IFS: { name: "s", value: "x" } } }, /IFS belongs to the shell/],
    [{ env: { rrx: "x" } }, /rrx is a name of Roadrunner's own/],
    [{ env: { A: "\ud800" } }, /half a surrogate pair/],
    [{ secretEnv: { A: { name: "s", value: "secret\0" } } }, /^env A holds a NUL byte/],
    [{ command: "x".repeat(131_071) }, undefined],
    [{ command: "\u00e9".repeat(65_536) }, /command has 131072 bytes/],
    [{ sudoPassword: "a\nb" }, /^the sudo password has more than one line$/],
    [{ script: { name: "x.sh", text: "a\0" } }, /script x\.sh holds a NUL/],
  ])("%j", (fields, expected) => {
    const checked = checkTask(remoteTask(fields));
    expect(checked.ok ? undefined : checked.error).toEqual(
      expected === undefined ? undefined : (expect.stringMatching(expected) as unknown),
    );
    expect(JSON.stringify(checked)).not.toContain("secret");
  });
});

test("no variable of a task can be one of the program's own", () => {
  expect([...shortNames(readParts()).values()].filter((name) => !isProgramName(name))).toEqual([]);
});

test("a script's first line is read as the kernel does", () => {
  expect(interpreterOf("echo", "/bin/sh")).toEqual({ program: "/bin/sh" });
  expect(interpreterOf("#!/bin/bash\nx", "/bin/sh")).toEqual({ program: "/bin/bash" });
  expect(interpreterOf("#! /usr/bin/env  -S python3 -u \nx", "/bin/sh")).toEqual({
    program: "/usr/bin/env",
    argument: "-S python3 -u",
  });
  expect(interpreterOf("#!\n/bin/false", "/bin/sh")).toEqual({ program: "/bin/sh" });
  expect(interpreterOf(" #!/bin/bash", "/bin/sh")).toEqual({ program: "/bin/sh" });
});

test("an exit code of 128 and a signal has its name", () => {
  expect([130, 137, 143, 159].map(signalOfExitCode)).toEqual(["SIGINT", "SIGKILL", "SIGTERM", "SIGSYS"]);
  expect([0, 1, 127, 128, 160, 255].map(signalOfExitCode)).toEqual(Array(6).fill(undefined));
});

test("the digest is of what runs: not of the nonce, the order of variables or a secret's value", () => {
  const task = remoteTask({
    command: "a",
    env: { A: "1", B: "2" },
    secretEnv: { S: { name: "s", value: "old" } },
  });
  const same = remoteTask({
    command: "a",
    env: { B: "2", A: "1" },
    secretEnv: { S: { name: "s", value: "new" } },
  });
  expect(digestOf(same)).toBe(digestOf(task));
  for (const fields of [
    { command: "b" },
    { env: { A: "1" } },
    { cwd: "/" },
    { shell: "bash" },
    { secretEnv: {} },
  ]) {
    expect(digestOf({ ...task, ...fields })).not.toBe(digestOf(task));
  }
});

test("a host's words are one bounded line without control characters", () => {
  expect(oneLine("a\r\n\n  b\u001b[31mred\u202e\n")).toBe("a / b\ufffd[31mred\ufffd");
  expect(oneLine("x".repeat(1000)).length).toBeLessThan(500);
});

test("sudo's words are told as sudo's, with the cure", () => {
  const sudo = (text: string) =>
    explainNoHello({ user: "op", become: true, end: { kind: "exit", code: 1 }, text });
  expect(sudo("sudo: a password is required\n")).toMatch(
    /^sudo: a password is required; allow it with NOPASSWD/,
  );
  expect(sudo("Sorry, user op is not allowed to execute '/bin/sh' as root on h.")).toBe(
    "sudo: Sorry, user op is not allowed to execute '/bin/sh' as root on h.",
  );
  expect(sudo("sh: 1: exec: sudo: not found")).toMatch(/install sudo on the host/);
});
