import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SshOptions } from "../../packages/worker/src/ssh/hosts.ts";
import type { TransportProblem } from "../../packages/worker/src/transport/transport.ts";
import { makeLoginUsers } from "../remote/login-users.ts";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { openGround, opened, outputOf } from "./ground.ts";

failOnLeftovers();

const temp = makeTempDir("limits");
let sshd: Sshd;
const running: ChildProgram[] = [];

beforeAll(async () => {
  builtProgram("rr-worker");
  sshd = await startSshd({ hosts: ["db1", "db2"] });
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    child.end();
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`the worker ended with ${code}:\n${child.output()}`);
  }
});
afterAll(async () => {
  await sshd.stop();
  temp.remove();
});

interface Answer {
  readonly said?: string;
  readonly problem?: TransportProblem;
}

/** A worker's connections in a process that is started by `words`. */
function limited(options: SshOptions, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const program = join(import.meta.dirname, "limited-worker.js");
  const all = { sshConfigFiles: [sshd.sshConfigFile], ...options };
  const [path, ...args] = [...words, process.execPath, program, JSON.stringify(all)];
  const child = startChild(path, args, { stdin: true, env: { ...bareEnv, ...env } });
  running.push(child);
  let asked = 0;
  const ask = async (...what: readonly string[]): Promise<Answer> => {
    asked += 1;
    const nth = asked;
    child.write(`${JSON.stringify(what)}\n`);
    const lines = () => child.stdout().split("\n");
    await until(`an answer to ${what.join(" ")}`, () => lines().length > nth || !child.running, {
      withinMs: 60_000,
      lastSeen: () => child.output(),
    });
    return JSON.parse(lines()[nth - 1] ?? "") as Answer;
  };
  return { child, ask };
}

/** The worker's own fault, which may be over in a moment. */
function ownFault(word: RegExp): object {
  const message = expect.stringMatching(word) as unknown;
  return { problem: { reason: "local", blame: "worker", noRetry: false, message } };
}

const OUT = { said: "out\n" };
const NO_FILES = ownFault(/: this worker is out of file descriptors \(ulimit -n; .*\): raise that/);

const TRANSPORTS = ["openssh", "builtin", "local"] as const;

test("out of file descriptors is told as that, and over as soon as there are some", async () => {
  const { ask } = limited({}, [findProgram("prlimit"), "--nofile=300:300"]);
  const all = async (act: string, host: string) => {
    const answers: Record<string, Answer> = {};
    for (const transport of TRANSPORTS) answers[transport] = await ask(act, host, transport);
    return answers;
  };
  const there = { said: expect.stringMatching(/^OpenSSH_/) as string };
  expect(await ask("takeFiles")).toEqual({ said: "EMFILE" });
  // Reading ssh_config and known_hosts fails first; the worker's own box needs none of them.
  const noConnection = { openssh: NO_FILES, builtin: NO_FILES, local: there };
  expect(await all("connect", "db1")).toMatchObject(noConnection);
  await ask("giveFiles");
  await until("a connection", async () => (await ask("connect", "db1", "openssh")).said);
  expect(await all("connect", "db1")).toEqual({ openssh: there, builtin: there, local: there });
  await ask("takeFiles");
  expect(await all("connect", "db2")).toMatchObject(noConnection);
  // ssh2 opens a channel with what it has.
  expect(await all("run", "db1")).toMatchObject({ openssh: NO_FILES, builtin: OUT, local: NO_FILES });
  await ask("giveFiles");
  expect(await all("run", "db1")).toEqual({ openssh: OUT, builtin: OUT, local: OUT });
  expect(await all("connect", "db2")).toEqual({ openssh: there, builtin: there, local: there });
});

test("out of processes: neither a connection nor a command, told with the limit; what runs runs on", async () => {
  const users = makeLoginUsers(`${sshd.clientKey}.pub`);
  try {
    const { name, home } = await users.add("/bin/sh");
    const owned = (file: string, text: string): string => {
      writeFileSync(join(home, file), text, { mode: 0o600 });
      return join(home, file);
    };
    const key = owned("key", readFileSync(sshd.clientKey, "utf8"));
    const known = owned("known", readFileSync(sshd.knownHostsFile, "utf8"));
    const config = readFileSync(sshd.sshConfigFile, "utf8");
    const own = config.replaceAll(sshd.clientKey, key).replaceAll(sshd.knownHostsFile, known);
    const options: SshOptions = { transport: "openssh", sshConfigFiles: [owned("config", own)] };
    execFileSync("chown", ["-R", `${name}:`, home]);
    const as = [findProgram("setpriv"), `--reuid=${name}`, `--regid=${name}`, "--clear-groups"];
    const { child, ask } = limited(options, as, { HOME: home, TMPDIR: home });
    expect(await ask("connect", "db1")).toHaveProperty("said");
    expect(await ask("run", "db1")).toEqual(OUT);
    // By its own user: who sets another's limits needs more rights than root has everywhere.
    const limit = (processes: number): void => {
      const words = [findProgram("prlimit"), "--pid", String(child.pid), `--nproc=${processes}:`];
      execFileSync(as[0] ?? "", [...as.slice(1), ...words]);
    };
    limit(1);
    const none = ownFault(
      /^cannot start ssh for db\d .*: this worker's box lets its user have no more processes \(ulimit -u is 1, TasksMax/,
    );
    expect(await ask("connect", "db2")).toMatchObject(none);
    expect(await ask("run", "db1")).toMatchObject(none);
    limit(10_000);
    expect(await ask("run", "db1")).toEqual(OUT);
    expect(await ask("connect", "db2")).toHaveProperty("said");
    child.end();
    await child.exited;
  } finally {
    users.remove();
  }
});

test("a full TMPDIR: neither a connection nor a command, told as that", async () => {
  const full = join(temp.path, "full");
  mkdirSync(full);
  const mount = `mount -t tmpfs -o nr_inodes=30 tmpfs "$0" && exec "$@"`;
  const words = [findProgram("unshare"), "--mount", "/bin/sh", "-c", mount, full];
  const { ask } = limited({ transport: "openssh" }, words, { TMPDIR: full });
  const noRoom = ownFault(
    /: there is no room left in \S+full of this worker's box: make some, or set TMPDIR/,
  );
  await ask("takeRoom");
  expect(await ask("connect", "db1")).toMatchObject(noRoom);
  await ask("giveRoom");
  expect(await ask("connect", "db1")).toHaveProperty("said");
  expect(await ask("takeRoom")).toEqual({ said: "ENOSPC" });
  expect(await ask("run", "db1")).toMatchObject(noRoom);
  expect(await ask("connect", "db2")).toMatchObject(noRoom);
  await ask("giveRoom");
  expect(await ask("run", "db1")).toEqual(OUT);
  expect(await ask("connect", "db2")).toHaveProperty("said");
});

describe("in this process", () => {
  const { PATH, TMPDIR } = process.env;
  afterEach(() => {
    for (const [name, value] of Object.entries({ PATH, TMPDIR }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });

  test("a box without ssh, and one whose ssh is another program", async () => {
    const ground = openGround({ sshConfigFiles: [sshd.sshConfigFile], transport: "openssh" });
    const bin = join(temp.path, "bin");
    mkdirSync(bin);
    process.env["PATH"] = bin;
    const none =
      /^cannot connect to db1 .*: this worker's box has no ssh that runs \(.*\): install openssh-client$/;
    expect({ problem: await ground.problem("db1") }).toMatchObject(ownFault(none));
    writeFileSync(join(bin, "ssh"), "#!/bin/sh\necho 'Dropbear: unknown option -M' >&2; exit 1\n", {
      mode: 0o755,
    });
    const other = await ground.problem("db1");
    expect({ problem: other }).toMatchObject(ownFault(none));
    expect(other.message).toContain("(Dropbear: unknown option -M)");
    await ground.close();
  });

  test("a folder of control sockets that somebody tidied away is made anew", async () => {
    const folder = join(temp.path, "tidied");
    mkdirSync(folder);
    process.env["TMPDIR"] = folder;
    const ground = openGround({ sshConfigFiles: [sshd.sshConfigFile], transport: "openssh" });
    const lease = await ground.lease("db1");
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    expect((await outputOf(await opened(lease, "echo again"))).stdout).toBe("again\n");
    expect((await ground.run("db2", "echo there")).stdout).toBe("there\n");
    lease.release();
    await ground.close();
    expect(readdirSync(folder)).toEqual([]);
    await until("its connections to end", () => sshd.connections() === 0);
  });
});
