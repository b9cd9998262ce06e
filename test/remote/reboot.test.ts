import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { makeGround, type Ground } from "./ground.ts";

failOnLeftovers();

/** Each session sees the boot id of a file, in a mount namespace of its own. */
let sshd: Sshd;
let temp: TempDir;
let ground: Ground;

const boot = (digit: number): void =>
  writeFileSync(join(temp.path, "boot_id"), `${digit}0000000-0000-4000-8000-000000000000\n`);

beforeAll(async () => {
  temp = makeTempDir("reboot");
  boot(1);
  const inside = `mount --bind ${temp.path}/boot_id /proc/sys/kernel/random/boot_id && exec $SHELL -c "$SSH_ORIGINAL_COMMAND"`;
  sshd = await startSshd({ hosts: ["h1"], config: `ForceCommand exec unshare -m /bin/sh -c '${inside}'` });
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});
beforeEach(() => {
  ground = makeGround(sshd.sshConfigFile);
  return () => ground.close();
});

const task = (command: string, timeoutMs = 60_000) => ({
  command,
  reboot: { timeoutMs },
  connectTimeoutMs: 5000,
});
const begun = (name: string): Promise<unknown> =>
  until(`${name} to begin`, () => existsSync(join(sshd.workDir, name)));
const once = (name: string) =>
  ({
    delivery: "once",
    onDisconnect: "finish",
    recordDir: join(temp.path, "records"),
    recordKey: name.padEnd(26, "x"),
  }) as const;

test.each(["builtin", "openssh"] as const)(
  "a host that comes back with another boot id is ok, though its connection was lost (%s)",
  async (transport) => {
    boot(1);
    const ground = makeGround(sshd.sshConfigFile, undefined, { transport });
    const running = ground.run(task(`touch $RR_TEST_DIR/one-${transport}; sleep 300`));
    await begun(`one-${transport}`);
    await sshd.kill();
    boot(2);
    await sshd.restart();
    expect(await running).toMatchObject({ outcome: "ok" });
    await ground.close();
  },
);

test("a command that ended well is waited for until the host has gone down and is back", async () => {
  boot(3);
  const running = ground.run({ ...task("touch $RR_TEST_DIR/two"), ...once("two") });
  await begun("two");
  let done = false;
  void running.then(() => (done = true));
  await until("three more logins", () => (sshd.log().match(/Starting session/g) ?? []).length > 4);
  expect(done).toBe(false);
  boot(4);
  expect(await running).toMatchObject({ outcome: "ok", exitCode: 0 });
});

test("the next delivery of a lost one finds the other boot id", async () => {
  boot(5);
  const fields = { ...task("touch $RR_TEST_DIR/three; sleep 300"), ...once("three") };
  const stop = new AbortController();
  const lost = ground.run(fields, { signal: stop.signal });
  await begun("three");
  await sshd.kill();
  stop.abort();
  boot(6);
  await sshd.restart();
  await lost;
  const again = makeGround(sshd.sshConfigFile);
  expect(await again.run(fields)).toMatchObject({ outcome: "ok" });
  await again.close();
});

test("a command that fails, or a host that never goes down or never comes back, is told as such", async () => {
  boot(7);
  expect(await ground.run(task("exit 1"))).toMatchObject({
    outcome: "failed",
    exitCode: 1,
    reason: "exit code 1",
  });
  const stays = await ground.run(task("true", 1500));
  expect(stays).toMatchObject({ outcome: "failed", blame: "host" });
  expect(stays.reason).toMatch(/^the host did not go down: after 2 s/);
  const running = ground.run(task("touch $RR_TEST_DIR/four; sleep 300", 2000));
  await begun("four");
  await sshd.kill();
  const gone = await running;
  await sshd.restart();
  expect(gone).toMatchObject({ outcome: "timedOut", blame: "host" });
  expect(gone.reason).toMatch(/^the host is not back 2 s/);
});

test("a stop ends the waiting", async () => {
  boot(8);
  const stop = new AbortController();
  const running = ground.run(task("touch $RR_TEST_DIR/five"), { signal: stop.signal });
  await begun("five");
  setTimeout(() => stop.abort(), 1500);
  expect(await running).toMatchObject({ outcome: "cancelled" });
});
