import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLab, type Lab } from "../../examples/lab/src/lab.ts";
import type { LabHost } from "../../examples/lab/src/lab-host.ts";
import { startChild, type ChildProgram } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ hosts: ["db1", "db2", "fe1"], failing: ["db2"] });
});
afterAll(async () => {
  await lab.stop();
});

interface Answer {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function ssh(args: readonly string[], input: Buffer | string = ""): Promise<Answer> {
  return new Promise((resolve) => {
    const options = { encoding: "buffer", maxBuffer: 64 * 1024 * 1024 } as const;
    const child = execFile(
      findProgram("ssh"),
      ["-F", lab.sshConfig, "-o", "BatchMode=yes", ...args],
      options,
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr: stderr.toString() }),
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

function host(name: string): LabHost {
  const found = lab.hosts.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no host ${name} in the lab`);
  return found;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie, which nobody reaps in some containers, is dead.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test("output, error output and exit code come back, each to its own stream", async () => {
  const { code, stdout, stderr } = await ssh(["db1", "echo out; echo err >&2; exit 7"]);
  expect({ code, stdout: stdout.toString(), stderr }).toEqual({ code: 7, stdout: "out\n", stderr: "err\n" });
  const codes = await Promise.all([0, 1, 126, 255].map((n) => ssh(["db1", `exit ${n}`])));
  expect(codes.map((answer) => answer.code)).toEqual([0, 1, 126, 255]);
});

test("each host has a home of its own, and a failing one says so in it", async () => {
  for (const name of ["db1", "db2"]) await ssh([name, `pwd >pwd; echo $HOME >>pwd; echo ${name} >>pwd`]);
  for (const { name, home } of [host("db1"), host("db2")]) {
    expect(readFileSync(join(home, "pwd"), "utf8")).toBe(`${home}\n${home}\n${name}\n`);
  }
  expect((await ssh(["db1", "test -e disk-full"])).code).toBe(1);
  expect((await ssh(["db2", "test -e disk-full"])).code).toBe(0);
});

test("a megabyte of output, and of input, arrives whole", async () => {
  const bytes = Buffer.from(Array.from({ length: 1_000_003 }, (_, i) => (i * i + (i >> 8)) & 0xff));
  writeFileSync(join(host("db1").home, "big"), bytes);
  const both = await ssh(["db1", "cat big; cat big >&2"]);
  expect(both.stdout.equals(bytes)).toBe(true);
  expect(both.stderr.length).toBeGreaterThan(0);
  expect((await ssh(["db1", "cat"], bytes)).stdout.equals(bytes)).toBe(true);
  // Input that nobody reads does not hold the end back.
  expect((await ssh(["db1", "exec true"], bytes)).code).toBe(0);
});

test("a client that does not read holds the command back, not the lab", async () => {
  const progressFile = join(host("db1").home, "progress");
  const progress = () => (existsSync(progressFile) ? Number(readFileSync(progressFile, "utf8")) : 0);
  const megabytes = "for i in $(seq 50); do head -c 1000000 /dev/zero; echo $i >progress; done";
  const client = startSsh("db1", `touch ready; until test -e go; do sleep 0.02; done; ${megabytes}`);
  try {
    await until("the command to start", () => existsSync(join(host("db1").home, "ready")));
    client.signal("SIGSTOP");
    writeFileSync(join(host("db1").home, "go"), "");
    let last = -1;
    await until("no more progress", async () => {
      const stands = last === progress();
      last = progress();
      // Meanwhile another command of the same host is served.
      expect((await ssh(["db1", "echo here"])).stdout.toString()).toBe("here\n");
      return stands && last > 0;
    });
    expect(last).toBeLessThan(50);
    client.signal("SIGCONT");
    expect(await within("the output", client.exited)).toEqual({ code: 0, signal: null });
    expect(progress()).toBe(50);
  } finally {
    await client.kill();
  }
});

test("a command that a signal ended is told as such", async () => {
  const connection = await connect();
  try {
    const killed = await run(connection, "kill -KILL $$");
    expect(killed.end).toEqual([null, "SIGKILL"]);
    const trap = "trap 'echo caught; exit 3' TERM; echo ready; while :; do sleep 1; done";
    const trapped = await start(connection, trap);
    await until("the trap", () => trapped.text() === "ready\n");
    trapped.channel.signal("TERM");
    expect(await trapped.end).toEqual([3, undefined]);
    expect(trapped.text()).toBe("ready\ncaught\n");
  } finally {
    connection.end();
  }
});

test("the exit status does not wait for a child in the background, the end of output does", async () => {
  const connection = await connect();
  try {
    // A FIFO holds the child back until the exit status has come.
    const { events, end } = await start(
      connection,
      "mkfifo go-on; (read -r line <go-on; echo late) & exit 4",
    );
    await until("the exit status", () => events.includes("exit 4"));
    await run(connection, "echo now >go-on");
    await within("the channel to close", end);
    expect(events).toEqual(["exit 4", "late", "close"]);
  } finally {
    connection.end();
  }
});

test("many commands on one connection, each with its own answer", async () => {
  const connection = await connect();
  try {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => run(connection, `echo ${i}; exit ${i}`)),
    );
    expect(answers).toEqual(answers.map((_, i) => ({ end: [i, undefined], text: `${i}\n` })));
  } finally {
    connection.end();
  }
});

test("only commands, only our key, only our user, and the host key is the known one", async () => {
  expect((await ssh(["fe1"])).stderr).toContain("shell request failed");
  expect((await ssh(["-tt", "fe1", "true"])).stderr).toContain("PTY allocation request failed");
  expect((await ssh(["-s", "fe1", "sftp"])).stderr).toContain("subsystem request failed");
  expect((await ssh(["-W", "127.0.0.1:22", "fe1"])).stderr).toContain("open failed");
  expect((await ssh(["-l", "somebody", "fe1", "true"])).stderr).toContain("Permission denied (publickey)");
  const temp = makeTempDir("lab-key");
  try {
    const key = join(temp.path, "key");
    const keygen = startChild(findProgram("ssh-keygen"), ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    await keygen.exited;
    const strange = ["-F", "none", "-i", key, "-o", `UserKnownHostsFile=${lab.knownHosts}`];
    const answer = await ssh([...strange, "-p", `${host("fe1").port}`, "-l", lab.user, "127.0.0.1", "true"]);
    expect(answer.stderr).toContain("Permission denied (publickey)");
    const empty = await ssh(["-o", `UserKnownHostsFile=${temp.path}/none`, "fe1", "true"]);
    expect(empty.stderr).toContain("Host key verification failed");
  } finally {
    temp.remove();
  }
});

type Identity = ssh2.ParsedKey | Buffer | string;

test("knowing the public key is not enough: its signature is checked", async () => {
  const key = ssh2.utils.parseKey(readFileSync(lab.identity));
  if (key instanceof Error) throw key;
  class Forger extends ssh2.BaseAgent<Identity> {
    asked = 0;
    override getIdentities(callback: ssh2.IdentityCallback<Identity>): void {
      callback(undefined, [key as ssh2.ParsedKey]);
    }
    override sign(
      _key: Identity,
      _data: Buffer,
      options: ssh2.SigningRequestOptions | ssh2.SignCallback,
      callback?: ssh2.SignCallback,
    ): void {
      this.asked += 1;
      const answer = typeof options === "function" ? options : callback;
      answer?.(undefined, Buffer.alloc(64, 1));
    }
  }
  const forger = new Forger();
  const { address, port } = host("fe1");
  const refused = new Promise((_, reject) => {
    const client = new ssh2.Client();
    client.on("error", reject);
    client.once("ready", () => reject(new Error("let in")));
    client.connect({ host: address, port, username: lab.user, agent: forger });
  });
  await expect(refused).rejects.toThrow("All configured authentication methods failed");
  expect(forger.asked).toBe(1);
});

test("a stopped lab leaves no folder, no process, no open port", async () => {
  const other = await startLab({ hosts: ["gone1"] });
  const [gone] = other.hosts;
  if (gone === undefined) throw new Error("the lab has no host");
  const identity = readFileSync(other.identity);
  const connection = await connect(gone, identity);
  const { end } = await start(connection, "echo $$ >pid; sleep 1000 & echo $! >>pid; wait");
  const pidFile = join(gone.home, "pid");
  const pids = await until("two pids", () => {
    const lines = existsSync(pidFile) ? readFileSync(pidFile, "utf8").trim().split("\n") : [];
    return lines.length === 2 && lines.map(Number);
  });
  expect(pids.map(isAlive)).toEqual([true, true]);
  // A client that does not even close its connection: nothing may wait for it.
  const stopped = startSsh("gone1", "echo started; sleep 1000", other);
  await stopped.waitFor("started");
  stopped.signal("SIGSTOP");
  const closed = new Promise<void>((resolve) => connection.once("close", () => resolve()));
  await within("the lab to stop", other.stop());
  await stopped.kill();
  await within("the connection to close", Promise.all([closed, end]));
  await until("the processes to end", () => !pids.some(isAlive));
  expect(existsSync(other.dir)).toBe(false);
  await expect(connect(gone, identity)).rejects.toThrow("ECONNREFUSED");
});

function startSsh(name: string, command: string, its = lab): ChildProgram {
  return startChild(findProgram("ssh"), ["-F", its.sshConfig, name, command], { keep: 1_000 });
}

function connect(to = host("fe1"), identity = readFileSync(lab.identity)): Promise<ssh2.Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on("error", reject);
    client.once("ready", () => resolve(client));
    const { address, port } = to;
    client.connect({ host: address, port, username: lab.user, privateKey: identity });
  });
}

/** How the channel ended: exit code or null, and the signal. */
type End = readonly [number | null | undefined, string | undefined];

interface Command {
  readonly channel: ssh2.ClientChannel;
  readonly end: Promise<End>;
  /** What happened so far: "exit 4", lines of output, "close". */
  readonly events: string[];
  text(): string;
}

function start(connection: ssh2.Client, command: string): Promise<Command> {
  return new Promise((resolve, reject) => {
    connection.exec(command, (error, channel) => {
      if (error === undefined) resolve(follow(channel));
      else reject(error);
    });
  });
}

/** Called in the very turn in which the channel opens: its end may come with it. */
function follow(channel: ssh2.ClientChannel): Command {
  const events: string[] = [];
  let text = "";
  channel.stderr.resume();
  channel.on("exit", (code: number | null, signal?: string) => events.push(`exit ${code ?? signal}`));
  channel.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    events.push(chunk.toString().trim());
  });
  const end = new Promise<End>((resolve) => {
    channel.once("close", (code?: number | null, signal?: string) => {
      events.push("close");
      resolve([code, signal]);
    });
  });
  return { channel, end, events, text: () => text };
}

async function run(
  connection: ssh2.Client,
  command: string,
): Promise<{ readonly end: End; readonly text: string }> {
  const started = await start(connection, command);
  return { end: await started.end, text: started.text() };
}
