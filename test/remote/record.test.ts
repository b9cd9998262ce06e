import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withdraw } from "../../packages/worker/src/visit/kill-on-host.ts";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { deadConnect, makeGround, textOf, type Ground } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { isAlive } from "./processes.ts";
import { startServer, type Server } from "./servers.ts";

failOnLeftovers();

let server: Server;
let users: LoginUsers;
let user: LoginUser;
let ground: Ground;
let key = 0;

beforeAll(async () => {
  server = await startServer("sshd");
  users = makeLoginUsers(server.publicKeyFile);
  user = await users.add(findProgram("dash"));
  ground = makeGround(server.sshConfigFile, user.name);
});
afterAll(async () => {
  await ground.close();
  users.remove();
  await server.stop();
});

function once(
  command: string,
  fields: Partial<RemoteTask> = {},
): Partial<RemoteTask> & { recordKey: string } {
  key += 1;
  return {
    command,
    delivery: "once",
    onDisconnect: "finish",
    recordKey: `k${key}`.padEnd(26, "x"),
    ...fields,
  };
}

const read = (name: string): string =>
  existsSync(join(user.home, name)) ? readFileSync(join(user.home, name), "utf8") : "";

test("two deliveries at the same moment, a hundred times: one start each, and one code", async () => {
  const [one, two] = [ground, makeGround(server.sshConfigFile, user.name)];
  for (let round = 0; round < 100; round += 1) {
    const task = once(`echo x >>starts${round}; exit 7`);
    const ends = await Promise.all([one.run(task), two.run(task)]);
    expect(ends.map(({ outcome, exitCode }) => `${outcome} ${exitCode}`)).toEqual(["failed 7", "failed 7"]);
    expect(ends.filter(({ outputLost }) => outputLost === true)).toHaveLength(1);
    expect(read(`starts${round}`)).toBe("x\n");
  }
  await two.close();
});

test("a dead worker's writing command ends by itself; its code is learned, its output is shown as lost", async () => {
  const worker = makeGround(server.sshConfigFile, user.name);
  const task = once(
    "echo $$ >writer; i=0; while [ $i -lt 15 ]; do i=$((i+1)); echo $i; sleep 0.1; done; echo end >written; exit 3",
  );
  const heard: Buffer[] = [];
  const lost = worker.run(task, {
    connect: deadConnect,
    lostTimeoutMs: 0,
    onOutput: (_, bytes) => void heard.push(bytes),
  });
  await until("some output", () => heard.length > 1);
  await worker.close();
  expect(await lost).toMatchObject({ outcome: "unknown", outputLost: true });
  const end = await ground.run(task);
  expect(end).toMatchObject({ outcome: "failed", exitCode: 3, outputLost: true });
  expect(read("written")).toBe("end\n");
});

test("a worker that lives learns the end itself, and keeps what it had heard", async () => {
  const worker = makeGround(server.sshConfigFile, user.name);
  const heard: Buffer[] = [];
  const running = worker.run(once("echo first; sleep 1; echo second; exit 2"), {
    connect: ground.connect("h1"),
    onOutput: (_, bytes) => void heard.push(bytes),
  });
  await until("some output", () => heard.length > 0);
  await worker.close();
  const end = await running;
  expect(end).toMatchObject({ outcome: "failed", exitCode: 2, outputLost: true });
  expect(textOf(end.stdout)).toBe("first\n");
});

test("a second attempt writes on when its connection is gone, as the first does", async () => {
  const first = once("exit 3");
  expect(await ground.run(first)).toMatchObject({ outcome: "failed", exitCode: 3 });
  const worker = makeGround(server.sshConfigFile, user.name);
  const command = "for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; sleep 0.2; done; echo x >>again; exit 5";
  const heard: string[] = [];
  const running = worker.run(
    { ...first, attempt: 2, command },
    { connect: ground.connect("h1"), onOutput: (_, bytes) => void heard.push(bytes.toString()) },
  );
  await until("some output", () => heard.length > 0);
  await worker.close();
  expect(await running).toMatchObject({ outcome: "failed", exitCode: 5, outputLost: true });
  expect(read("again")).toBe("x\n");
});

test("attached, a writing command ends with its connection, by SIGPIPE, and that is recorded", async () => {
  const worker = makeGround(server.sshConfigFile, user.name);
  const task = once("echo $$ >attached; while :; do echo x; sleep 0.1; done", {
    onDisconnect: "attached",
  });
  const lost = worker.run(task, { connect: deadConnect, lostTimeoutMs: 0 });
  const pid = await until("its pid", () => Number(read("attached")));
  await worker.close();
  await lost;
  await until("it to end", () => !isAlive(pid));
  expect(await ground.run(task)).toMatchObject({ outcome: "failed", signal: "SIGPIPE", outputLost: true });
});

test("a time limit is taken over by the next delivery when the host's own guard is gone", async () => {
  const task = once("echo $$ >taken; trap '' TERM; while :; do sleep 0.2; done", {
    timeoutMs: 3000,
    killGraceMs: 100,
  });
  const first = ground.run(task, { lostTimeoutMs: 0 });
  const pid = await until("its pid", () => Number(read("taken")));
  const record = readFileSync(join(user.recordDir, `${task.recordKey}.1`), "utf8");
  for (const helper of /^h (.*)$/m.exec(record)?.[1]?.trim().split(" ") ?? [])
    process.kill(Number(helper), "SIGKILL");
  const [one, two] = await Promise.all([first, ground.run(task)]);
  expect(one).toMatchObject({ outcome: "timedOut", exitCode: 137 });
  expect(two).toMatchObject({ outcome: "timedOut", exitCode: 137, outputLost: true });
  expect(isAlive(pid)).toBe(false);
}, 60_000);

test("after a refusal on the way back nothing starts, and the end of what runs is waited for", async () => {
  const worker = makeGround(server.sshConfigFile, user.name);
  const late = { outcome: "refused", reason: "late" } as const;
  let asked = 0;
  const task = once("echo x >>late; sleep 1; exit 4");
  const beforeBody = () => ((asked += 1) > 1 ? late : undefined);
  const running = worker.run(task, { beforeBody, connect: ground.connect("h1") });
  await until("it to run", () => read("late"));
  await worker.close();
  expect(await running).toMatchObject({ outcome: "failed", exitCode: 4, outputLost: true });
  expect(read("late")).toBe("x\n");
});

test("withdrawn, a task never starts", async () => {
  const task = once("echo x >>withdrawn; exit 4");
  const answer = await withdraw(remoteTask(task), ground.connect("h1"));
  expect(answer).toMatchObject({ ok: true, value: { kind: "withdrawn" } });
  expect(await ground.run(task)).toMatchObject({ outcome: "skipped", reason: "withdrawn before it started" });
  expect(read("withdrawn")).toBe("");
});

test("a directory that is full, out of inodes, a link, another's or read-only refuses with the cure", async () => {
  const base = join(user.home, "..", "places");
  mkdirSync(base);
  const made = (name: string): string => {
    const path = join(base, name);
    mkdirSync(path, { mode: 0o700 });
    execFileSync("chown", [`${user.name}:`, path]);
    return path;
  };
  const mounts: string[] = [];
  const mount = (name: string, options: string): string => {
    const path = made(name);
    execFileSync("mount", ["-t", "tmpfs", "-o", `${options},mode=700,uid=${user.uid}`, "none", path]);
    mounts.push(path);
    return path;
  };
  try {
    const full = mount("full", "size=16k");
    execFileSync("sh", ["-c", `cat /dev/zero >${full}/filler 2>/dev/null; true`]);
    const inodes = mount("inodes", "nr_inodes=2");
    writeFileSync(join(inodes, "last"), "");
    const readonly = mount("readonly", "size=16k");
    execFileSync("mount", ["-o", "remount,ro", readonly]);
    symlinkSync(made("target"), join(base, "link"));
    mkdirSync(join(base, "foreign"), { mode: 0o777 });
    const cases: [string, RegExp][] = [
      ["full", /file system of .* is full/],
      ["inodes", /out of inodes/],
      ["readonly", /read-only/],
      ["link", /is a symbolic link/],
      ["foreign", /belongs to another user/],
      ["nowhere/below", /cannot be made/],
    ];
    for (const [name, reason] of cases) {
      const end = await ground.run(once(`echo ran >>full; echo ran`, { recordDir: join(base, name) }));
      expect([name, end.outcome]).toEqual([name, "refused"]);
      expect(end.reason).toMatch(reason);
      expect(textOf(end.stdout) + textOf(end.stderr)).toBe("");
    }
    expect(read("full")).toBe("");
    expect(readdirSync(full)).toEqual(["filler"]);

    // Full only after the claim: the end still fits, in the claim's place.
    rmSync(join(full, "filler"));
    const task = once(`cat /dev/zero >${full}/filler 2>/dev/null; exit 9`, { recordDir: full });
    expect(await ground.run(task)).toMatchObject({ exitCode: 9 });
    expect(await ground.run(task)).toMatchObject({ exitCode: 9, outputLost: true });
  } finally {
    for (const path of mounts) execFileSync("umount", ["-l", path]);
    rmSync(base, { recursive: true });
  }
});

test("the directory is made for its user alone, and one that was not is refused", async () => {
  await ground.run(once("true"));
  const { mode, uid } = statSync(user.recordDir);
  expect([mode & 0o7777, uid]).toEqual([0o1700, user.uid]);
  chmodSync(user.recordDir, 0o770);
  const refused = await ground.run(once("true"));
  expect(refused.outcome).toBe("refused");
  expect(refused.reason).toMatch(
    `${user.recordDir} or a folder above it can be changed by others (drwxrwx---)`,
  );
  chmodSync(user.recordDir, 0o700);
  expect(await ground.run(once("true"))).toMatchObject({ outcome: "ok" });
  expect(statSync(user.recordDir).mode & 0o7777).toBe(0o1700);
});

test("old records go, unless something may live of them", async () => {
  const record = async (command: string): Promise<string> => {
    const task = once(command);
    await ground.run(task);
    return join(user.recordDir, `${task.recordKey}.1`);
  };
  const old = await record("exit 3");
  const young = await record("exit 3");
  const running = await record("true");
  writeFileSync(running, readFileSync(running, "utf8").replace("end 000", "running"));
  const otherBoot = await record("true");
  writeFileSync(
    otherBoot,
    readFileSync(otherBoot, "utf8")
      .replace("end 000", "running")
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "0-0"),
  );
  const foreign = join(user.recordDir, "notes.txt");
  writeFileSync(foreign, "end of the story");
  const script = join(user.recordDir, "s-0123456789abcdef01234567-old.sh");
  writeFileSync(script, "");
  const longAgo = new Date(Date.now() - 40 * 24 * 3_600_000);
  for (const path of [old, running, otherBoot, foreign, script]) utimesSync(path, longAgo, longAgo);
  await ground.run(once("true"));
  expect([old, young, running, otherBoot, foreign, script].map((path) => existsSync(path))).toEqual(
    Array(6).fill(true),
  );
  await ground.run(once("true"), { prune: true });
  await until("old records to go", () => !existsSync(old) && !existsSync(otherBoot) && !existsSync(script));
  expect([young, running, foreign].map((path) => existsSync(path))).toEqual([true, true, true]);
});
