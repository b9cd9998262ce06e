import { describe, expect, test } from "vitest";
import { isSettled, mayBeKept, shellName } from "../../src/program/kept-shell.ts";
import { remoteTask } from "./task.ts";

const PROCESS = {
  pid: 5001,
  startTicks: 10_000,
  session: 5000,
  ownsSession: true,
  bootId: "00000000-0000-4000-8000-000000000000",
};

const settled = (...args: readonly (string | number)[]): boolean =>
  isSettled({ word: "settled", args: args.map(String) }, 3, PROCESS);

describe("a shell has settled", () => {
  test("when the numbers that were given out meanwhile are few, and have the program's among them", () => {
    expect(settled(3, 5000, 5001, 10_001, 32_768)).toBe(true);
    expect(settled(3, 4990, 5090, 10_031, 32_768)).toBe(true);
  });

  test.each([
    ["another task's word", [2, 5000, 5001, 10_001, 32_768]],
    ["numbers of another namespace", [3, 90_000, 90_003, 10_001, 32_768]],
    ["none that was given out", [3, 5001, 5001, 10_001, 32_768]],
    ["too many", [3, 5000, 5101, 10_001, 32_768]],
    ["a task of so long that they may have gone all the way round", [3, 5000, 5001, 10_033, 32_768]],
    ["a clock of another kind", [3, 5000, 5001, 9000, 32_768]],
    ["a word too few", [3, 5000, 5001, 10_001]],
    ["no number", [3, 5000, "", 10_001, 32_768]],
  ])("not by %s", (_, args) => {
    expect(settled(...args)).toBe(false);
  });

  test("for longer where there are more numbers", () => {
    const process = { ...PROCESS, pid: 900_001 };
    const args = ["3", "900000", "900003", "10800", "0"];
    expect(isSettled({ word: "settled", args }, 3, process)).toBe(true);
    expect(isSettled({ word: "settled", args }, 3, undefined)).toBe(false);
    expect(settled(3, 5000, 5001, 14_000, 4_194_304)).toBe(true);
    expect(settled(3, 5000, 5001, 14_500, 4_194_304)).toBe(false);
  });
});

test("who may share a shell has the same user on the host and the same signer", () => {
  const names = [
    {},
    { become: true },
    { become: "op" },
    { owner: "a" },
    { owner: "b" },
    { become: "true" },
  ].map((fields) => shellName(remoteTask(fields as object)));
  expect(new Set(names).size).toBe(names.length);
  expect(shellName(remoteTask({ command: "a" }))).toBe(shellName(remoteTask({ command: "b", cwd: "/" })));
});

test("no shell is kept after a secret, a reboot, or a password that sudo asked for", () => {
  expect(mayBeKept(remoteTask({}))).toBe(true);
  expect(mayBeKept(remoteTask({ secretEnv: { A: { name: "a", value: "b" } } }))).toBe(false);
  expect(mayBeKept(remoteTask({ reboot: { timeoutMs: 1 } }))).toBe(false);
  expect(mayBeKept(remoteTask({ become: true, sudoPassword: "p" }))).toBe(false);
});
