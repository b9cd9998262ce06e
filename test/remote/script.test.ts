import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { makeGround, textOf, type Ground } from "./ground.ts";

failOnLeftovers();

let sshd: Sshd;
let ground: Ground;
let temp: TempDir;
let noexec: string;

beforeAll(async () => {
  sshd = await startSshd({ hosts: ["h1"] });
  ground = makeGround(sshd.sshConfigFile, undefined, { keeps: true });
  temp = makeTempDir("script");
  noexec = join(temp.path, "noexec");
  mkdirSync(noexec);
  execFileSync("mount", ["-t", "tmpfs", "-o", "noexec,size=4m", "none", noexec]);
});
afterAll(async () => {
  await ground.close();
  await sshd.stop();
  execFileSync("umount", ["-l", noexec]);
  temp.remove();
});

const records = (): string => join(temp.path, "records");
const left = (dir = records()): string[] => readdirSync(dir).filter((name) => name.startsWith("s-"));
const script = (text: string, name = "install.sh") => ({ script: { name, text }, recordDir: records() });

test("runs by the interpreter of its first line, and is removed", async () => {
  const perl = await ground.run({
    ...script('#!/usr/bin/perl -w\nprint "$0 $ENV{X}\\n"; exit 3\n', "dir/a b.pl"),
    env: { X: "value" },
  });
  expect(perl).toMatchObject({ outcome: "failed", exitCode: 3 });
  expect(textOf(perl.stdout)).toMatch(/\/records\/s-[0-9a-f]+-a_b\.pl value\n$/);
  const env = await ground.run(script("#!/usr/bin/env bash\na=(1 2 3); echo ${#a[@]}"));
  expect(textOf(env.stdout)).toBe("3\n");
  const plain = await ground.run(script("echo plain"));
  expect(textOf(plain.stdout)).toBe("plain\n");
  expect(left()).toEqual([]);
});

test("arrives byte for byte, with or without a last newline, as long as it may be", async () => {
  const short = '#!/bin/sh\nwc -c <"$0"; tail -c 5 "$0"; exit\n# \'quotes\' "$(x)" `y` \\\n\u00e9 last';
  for (const text of [short, `${short}\n\n`]) {
    const end = await ground.run(script(text));
    expect(textOf(end.stdout)).toBe(`${Buffer.byteLength(text)}\n${text.slice(-5)}`);
  }
  const long = `#!/bin/bash\nhead -c 60 "$0" | tail -c 30; exit 0\n${"0123456789abcdef\n".repeat(15_000)}`;
  expect(Buffer.byteLength(long)).toBeGreaterThan(250_000);
  expect(await ground.run(script(long))).toMatchObject({ outcome: "ok" });
});

test("runs where the file system is mounted noexec", async () => {
  const end = await ground.run({ ...script("#!/bin/sh\necho ran"), recordDir: join(noexec, "records") });
  expect(textOf(end.stdout)).toBe("ran\n");
  expect(left(join(noexec, "records"))).toEqual([]);
});

test("a missing interpreter or a full disk is told before anything began", async () => {
  const none = await ground.run(script("#!/no/such/interpreter\n"));
  expect(none).toMatchObject({ outcome: "refused" });
  expect(none.reason).toMatch(/"\/no\/such\/interpreter" is not a program/);
  const full = join(noexec, "full");
  try {
    execFileSync("dd", ["if=/dev/zero", `of=${full}`, "bs=1M", "count=8"], { stdio: "ignore" });
  } catch {
    // Full, as it should be.
  }
  const end = await ground.run({
    ...script(`echo ran ${"x".repeat(9000)}`),
    recordDir: join(noexec, "records"),
  });
  expect(end).toMatchObject({ outcome: "refused" });
  expect(end.reason).toMatch(/the script could not be written/);
  expect(left(join(noexec, "records"))).toEqual([]);
  execFileSync("rm", [full]);
});

test("of a once task: the second delivery leaves no file either", async () => {
  const once = { delivery: "once", onDisconnect: "finish", recordKey: "script".padEnd(26, "x") } as const;
  const task = { ...script("#!/bin/sh\nsleep 0.3; exit 5"), ...once };
  const ends = await Promise.all([ground.run(task), ground.run(task)]);
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([5, 5]);
  expect(left()).toEqual([]);
});
