import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lease } from "../../packages/worker/src/transport/transport.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { until, within } from "../support/until.ts";
import { openGround, opened, outputOf, type Ground } from "./ground.ts";

failOnLeftovers();

const HOST = "127.7.0.1";
let sshd: Sshd;
let ground: Ground;
let lease: Lease;

beforeAll(async () => {
  sshd = await startSshd();
  ground = openGround({ sshConfigFiles: [sshd.sshConfigFile] });
  lease = await ground.lease(HOST);
});
afterAll(async () => {
  lease.release();
  await ground.close();
  await sshd.stop();
});

describe("how a command ends", () => {
  test.each([
    ["true", { kind: "exit", code: 0 }],
    ["exit 3", { kind: "exit", code: 3 }],
    ["exit 255", { kind: "exit", code: 255 }],
    ["no-such-program-here", { kind: "exit", code: 127 }],
    ["kill -TERM $$", { kind: "signal", signal: "SIGTERM" }],
    ["kill -KILL $$", { kind: "signal", signal: "SIGKILL" }],
    ["sh -c 'kill -KILL $$'; exit $?", { kind: "exit", code: 137 }],
  ])("%s", async (command, end) => {
    const channel = await opened(lease, command);
    expect((await outputOf(channel)).end).toEqual(end);
    expect(await channel.exited).toEqual(end);
  });

  test("the exit is known while a background process still holds the output", async () => {
    const channel = await opened(lease, "(sleep 3; echo late) & echo early; exit 4");
    let text = "";
    channel.onData((_, chunk) => void (text += chunk.toString()));
    expect(await channel.exited).toEqual({ kind: "exit", code: 4 });
    expect(text).not.toContain("late");
    expect(await channel.ended).toEqual({ kind: "exit", code: 4 });
    expect(text).toBe("early\nlate\n");
  });
});

test("both streams arrive whole and apart, 8 MB each", async () => {
  const size = 8_000_000;
  const channel = await opened(
    lease,
    `head -c ${size} /dev/zero | tr '\\0' a & head -c ${size} /dev/zero | tr '\\0' b >&2; wait`,
  );
  const { stdout, stderr, end } = await outputOf(channel);
  expect(end).toEqual({ kind: "exit", code: 0 });
  expect(stdout === "a".repeat(size)).toBe(true);
  expect(stderr === "b".repeat(size)).toBe(true);
});

test("a listener that takes its time holds back the command, not the other channels, and loses nothing", async () => {
  const size = 30_000_000;
  const channel = await opened(lease, `head -c ${size} /dev/zero; echo done >$RR_TEST_DIR/written`);
  let taken = 0;
  let busy = 0;
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  channel.onData(async (stream, chunk) => {
    busy += 1;
    expect(busy).toBe(1);
    await held;
    expect(stream).toBe("stdout");
    taken += chunk.length;
    busy -= 1;
  });
  expect((await ground.run(HOST, "sleep 1; cat $RR_TEST_DIR/written; echo free")).stdout).toBe("free\n");
  expect(taken).toBe(0);
  release();
  expect(await channel.ended).toEqual({ kind: "exit", code: 0 });
  expect(taken).toBe(size);
});

test("ended waits for the listener's last piece", async () => {
  const channel = await opened(lease, "echo last");
  let finished = false;
  channel.onData(async () => {
    await sleep(300);
    finished = true;
  });
  await channel.ended;
  expect(finished).toBe(true);
});

describe("stdin", () => {
  test("5 MB in pieces arrive whole", async () => {
    const channel = await opened(lease, "wc -c");
    const output = new Promise<string>((resolve) => {
      channel.onData((_, chunk) => resolve(chunk.toString()));
    });
    for (let index = 0; index < 50; index += 1)
      expect(await channel.write(Buffer.alloc(100_000, index))).toBe(true);
    channel.end();
    expect(await output).toBe("5000000\n");
    expect(await channel.ended).toEqual({ kind: "exit", code: 0 });
  });

  test("a command that does not read holds the writer back, and its end tells the writer", async () => {
    const channel = await opened(lease, "sleep 1; exit 5");
    channel.onData(() => {});
    const written = channel.write(Buffer.alloc(10_000_000));
    const first = await Promise.race([written.then(() => "written"), sleep(300).then(() => "waiting")]);
    expect(first).toBe("waiting");
    expect(await within("the writer to be told", written)).toBe(false);
    expect(await channel.ended).toEqual({ kind: "exit", code: 5 });
    expect(await channel.write("more")).toBe(false);
    channel.end();
    channel.close();
  });

  test("text and bytes", async () => {
    const channel = await opened(lease, "od -An -c");
    await channel.write("ü\0");
    await channel.write(Buffer.from([255, 10]));
    expect((await outputOf(channel)).stdout.trim().split(/\s+/)).toEqual(["303", "274", "\\0", "377", "\\n"]);
  });
});

test("close leaves the command alone and frees the place once it has ended", async () => {
  const channel = await opened(lease, "echo $$; exec sleep 1000");
  const pid = await new Promise<number>((resolve) => {
    channel.onData((_, chunk) => resolve(Number(chunk.toString())));
  });
  channel.close();
  channel.close();
  expect((await ground.run(HOST, `kill -0 ${pid} && echo alive`)).stdout).toBe("alive\n");
  await ground.run(HOST, `kill ${pid}`);
  await within("the channel to end", channel.ended);
});

test("a kept connection does not hold the channels that have ended on it", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const runAndForget = async () => {
    const channel = await opened(lease, "cat >/dev/null");
    await channel.write(Buffer.alloc(250_000));
    await outputOf(channel);
    return new WeakRef(channel);
  };
  const channels: WeakRef<object>[] = [];
  for (let index = 0; index < 10; index += 1) channels.push(await runAndForget());
  const held = () => {
    collect();
    return channels.filter((one) => one.deref() !== undefined).length;
  };
  // The last one may still be on some stack.
  expect(await until("the channels to be let go", () => held() <= 1)).toBe(true);
});

test("a command of 100 kB is asked for; the other end decides", async () => {
  const text = "x".repeat(100_000);
  expect((await ground.run(HOST, `printf %s ${text} | wc -c`)).stdout).toBe("100000\n");
});

test("an exec on a kept connection takes a few milliseconds, not Nagle's forty", async () => {
  await ground.run(HOST, "true");
  const times: number[] = [];
  for (let index = 0; index < 30; index += 1) {
    const startedAt = performance.now();
    await ground.run(HOST, "true");
    times.push(performance.now() - startedAt);
  }
  // The best of many: a loaded machine makes some late, but Nagle would make all.
  expect(Math.min(...times)).toBeLessThan(35);
});
