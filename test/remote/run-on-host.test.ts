import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { isAlive, pidsOf, sessionOf } from "./processes.ts";
import { makeGround, textOf, type Ground } from "./ground.ts";

failOnLeftovers();

let sshd: Sshd;
let ground: Ground;

beforeAll(async () => {
  sshd = await startSshd({ hosts: ["h1", "h2", "h3"] });
  ground = makeGround(sshd.sshConfigFile);
});
afterAll(async () => {
  await ground.close();
  await sshd.stop();
});

/** The process that a command wrote into a file of $RR_TEST_DIR. */
function pidIn(file: string): Promise<number> {
  return until(`a pid in ${file}`, () => {
    try {
      return Number(readFileSync(join(sshd.workDir, file), "utf8"));
    } catch {
      return 0;
    }
  });
}

describe("a command on a real host", () => {
  test("ends with its exit code and its output", async () => {
    const end = await ground.run({ command: "echo out; echo err >&2; exit 3" });
    expect(end).toMatchObject({ outcome: "failed", exitCode: 3, blame: "host", reason: "exit code 3" });
    expect([textOf(end.stdout), textOf(end.stderr)]).toEqual(["out\n", "err\n"]);
    expect(end.durationMs).toBeGreaterThanOrEqual(0);
    expect(await ground.run({ command: "exit 3", okCodes: [0, 3] })).toMatchObject({
      outcome: "ok",
      exitCode: 3,
    });
  });

  test("leaves no timer behind, which would hold a process up that has nothing more to do", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    await ground.run({ command: "true" });
    // The channel's exit status comes after the program's own word.
    const settled = () => new Promise((resolve) => setTimeout(resolve, 500).unref());
    await settled();
    const before = timers();
    for (let count = 0; count < 5; count += 1) await ground.run({ command: "true", onDisconnect: "finish" });
    await settled();
    expect(timers()).toBeLessThanOrEqual(before);
  });

  test("a signal has its name", async () => {
    const end = await ground.run({ command: "kill -s SEGV $$" });
    expect(end).toMatchObject({ outcome: "failed", exitCode: 139, signal: "SIGSEGV" });
  });

  test("tells that it began, and its output as it comes", async () => {
    const heard: string[] = [];
    const end = await ground.run(
      { command: "echo one; read -r x; echo two $x", secretEnv: { S: { name: "db", value: "hunter2" } } },
      {
        beforeExec: () => void heard.push("exec"),
        beforeBody: () => void heard.push("body"),
        onBegan: ({ bootId }) => heard.push(`started ${bootId?.length}`),
        onOutput: (stream, bytes) => void heard.push(`${stream} ${bytes.toString()}`),
      },
    );
    expect(end.outcome).toBe("ok");
    expect(heard.slice(0, 2)).toEqual(["exec", "body"]);
    // The start is told on stderr, and the server may have read stdout first.
    expect(heard.filter((word) => word === "started 36")).toHaveLength(1);
    const output = heard.slice(2).filter((word) => word !== "started 36");
    expect(output.join("")).toMatch(/^stdout one\n(stdout )?two\n$/);
  });

  test("refused before the exec request or the body, nothing starts", async () => {
    const command = "touch $RR_TEST_DIR/ran-anyway";
    const late = { outcome: "refused", reason: "late" } as const;
    const revoked = { outcome: "skipped", reason: "revoked" } as const;
    expect(await ground.run({ command }, { beforeExec: () => late })).toMatchObject(late);
    expect(await ground.run({ command }, { beforeBody: () => revoked })).toMatchObject(revoked);
    const stopped = new AbortController();
    stopped.abort();
    expect(await ground.run({ command }, { signal: stopped.signal })).toMatchObject({ outcome: "skipped" });
    const end = await ground.run({ command: "ls $RR_TEST_DIR" });
    expect(textOf(end.stdout)).not.toContain("ran-anyway");
  });

  test("secrets are replaced in what is kept and in what is passed on", async () => {
    const live: Buffer[] = [];
    const end = await ground.run(
      {
        command: `printf %s "$PW" | while IFS= read -r -n 1 c; do printf %s "$c"; sleep 0.01; done; echo; echo "$PW" >&2`,
        shell: "/bin/bash",
        secretEnv: { PW: { name: "db", value: "hunter2" } },
      },
      { onOutput: (_, bytes) => void live.push(bytes) },
    );
    expect(end.outcome).toBe("ok");
    expect(textOf(end.stderr)).toBe("[secret db]\n");
    expect(Buffer.concat(live).toString()).not.toContain("hunter");
  });

  test("100 MB of output are bounded, binary output is kept as bytes", async () => {
    const big = await ground.run({
      command: "head -c 100000000 /dev/zero; echo; echo end",
      maxOutputBytes: 1000,
    });
    expect(big.outcome).toBe("ok");
    expect([big.stdout.head.length, big.stdout.tail.length]).toEqual([500, 500]);
    expect(big.stdout.omittedBytes).toBe(100_000_005 - 1000);
    expect(big.stdout.tail.toString().endsWith("\0\nend\n")).toBe(true);
    const binary = await ground.run({ command: String.raw`printf '\377\0\200rr:\n'` });
    expect(binary.stdout.head).toEqual(Buffer.from([0xff, 0, 0x80, 0x72, 0x72, 0x3a, 0x0a]));
  });

  test("a slow reader slows the command and loses nothing", async () => {
    let bytes = 0;
    const end = await ground.run(
      { command: "head -c 5000000 /dev/zero; echo done >&2" },
      {
        onOutput: async (stream, chunk) => {
          if (stream === "stdout") bytes += chunk.length;
          await new Promise((resolve) => setTimeout(resolve, 5));
        },
      },
    );
    expect(end).toMatchObject({ outcome: "ok" });
    expect(end.outputLost).toBeUndefined();
    expect(bytes).toBe(5_000_000);
  });

  test("a daemon that keeps the streams open does not keep the end back", async () => {
    const startedAt = performance.now();
    const end = await ground.run({ command: "sleep 300 & echo started" });
    expect(end).toMatchObject({ outcome: "ok" });
    expect(textOf(end.stdout)).toBe("started\n");
    expect(performance.now() - startedAt).toBeLessThan(60_000);
  });

  test("a command that closes its streams and goes on is waited for", async () => {
    const end = await ground.run({ command: "exec >&- 2>&-; sleep 0.5; exit 5" });
    expect(end).toMatchObject({ outcome: "failed", exitCode: 5 });
    expect(end.durationMs).toBeGreaterThan(400);
  });

  test("what cannot be right is refused before anything is sent", async () => {
    for (const [fields, reason] of [
      [{ env: { UID: "x" } }, /UID belongs to the shell/],
      [{ env: { A: "x".repeat(131_072) } }, /env A has 131074 bytes/],
      [{ command: "x".repeat(131_072) }, /use `script`/],
      [{ command: "a\0b" }, /NUL/],
      [{ cwd: "/no/such/place" }, /cwd "\/no\/such\/place" cannot be entered/],
      [{ shell: "/no/such/shell" }, /is not a program on the host/],
    ] as const) {
      const end = await ground.run(fields);
      expect(end.outcome).toBe("refused");
      expect(end.reason).toMatch(reason);
    }
    expect(await ground.run({ env: { A: "x".repeat(131_000) } })).toMatchObject({ outcome: "ok" });
  });
});

describe("a time limit", () => {
  const stubborn = `trap 'echo term' TERM; echo $$; while :; do sleep 0.1; done`;

  test("ends the command, by KILL where TERM is not enough", async () => {
    const end = await ground.run({ command: stubborn, timeoutMs: 300, killGraceMs: 300 });
    expect(end).toMatchObject({ outcome: "timedOut", exitCode: 137, signal: "SIGKILL", blame: "host" });
    expect(end.reason).toBe("ran out of its time (0.3 s) and was killed: SIGKILL (exit code 137)");
    expect(textOf(end.stdout)).toMatch(/^\d+\nterm\n/);
    expect(end.mayBeRunning).toBeUndefined();
  });

  test("holds when the connection is gone", async () => {
    const other = makeGround(sshd.sshConfigFile);
    const running = other.run({
      command: `echo $$ >$RR_TEST_DIR/limited; ${stubborn}`,
      timeoutMs: 1500,
      killGraceMs: 100,
    });
    const pid = await pidIn("limited");
    await other.close();
    expect(await running).toMatchObject({ outcome: "unknown", mayBeRunning: true, outputLost: true });
    expect(isAlive(pid)).toBe(true);
    await until("the guard to end it", () => !isAlive(pid));
  });
});

describe("a stop", () => {
  test("kills the command and all that it started, from a second channel", async () => {
    const stop = new AbortController();
    const command = `sleep 301 & timeout 302 sleep 302 & (sleep 303 &) ; echo $$ >$RR_TEST_DIR/stopped; wait`;
    const running = ground.run({ command, host: "h2" }, { signal: stop.signal });
    const session = sessionOf(await pidIn("stopped"));
    stop.abort();
    expect(await running).toMatchObject({
      outcome: "cancelled",
      exitCode: 143,
      signal: "SIGTERM",
      blame: "submission",
      reason: "killed by a stop or the job's deadline: SIGTERM (exit code 143)",
    });
    expect(pidsOf(session)).toEqual([]);
  });

  test("kills it over a new connection when the first is gone", async () => {
    const stop = new AbortController();
    const task = { command: "echo $$ >$RR_TEST_DIR/cut; sleep 304; echo", host: "h3" };
    const cut = makeGround(sshd.sshConfigFile);
    const running = cut.run(task, { signal: stop.signal, connect: ground.connect("h3") });
    const session = sessionOf(await pidIn("cut"));
    stop.abort();
    await cut.close();
    expect(await running).toMatchObject({ outcome: "cancelled" });
    expect(pidsOf(session)).toEqual([]);
  });

  test("that comes before the body leaves it unsent", async () => {
    const stop = new AbortController();
    const beforeBody = (): undefined => {
      stop.abort();
      return undefined;
    };
    const end = await ground.run({}, { signal: stop.signal, beforeBody });
    expect(end).toMatchObject({ outcome: "skipped", reason: "stopped before it started" });
  });
});

describe("a wrapper that is killed", () => {
  test("has no exit code to tell, and says so", async () => {
    const end = await ground.run({ command: "kill -s KILL $PPID; sleep 1" });
    expect(end).toMatchObject({ outcome: "unknown", mayBeRunning: true, outputLost: true });
    expect(end.reason).toBe("the shell that ran the command was ended (SIGKILL), so its exit code is lost");
  });
});
