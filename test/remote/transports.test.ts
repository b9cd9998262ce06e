import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { defined } from "@roadrunner/core";
import { killOnHost } from "../../packages/worker/src/visit/kill-on-host.ts";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { deadConnect, makeGround, textOf, type Ground } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { isAlive, pidsOf, sessionOf } from "./processes.ts";
import { SERVERS, startServer, type Server } from "./servers.ts";

failOnLeftovers();

/** How a host is reached, and what is there. */
const WAYS = [
  ...SERVERS.flatMap((server) =>
    (["builtin", "openssh"] as const).map((transport) => ({ server, transport })),
  ),
  { server: "this box", transport: "local" },
] as const;

/** Where tasks run, and as whom. */
interface Place {
  readonly sshConfigFile: string;
  readonly user?: string;
  /** Writable there. */
  readonly dir: string;
  readonly recordDir: string;
}

const temp = makeTempDir("transports");
const servers = new Map<string, Server>();
let users: LoginUsers;
let user: LoginUser;

beforeAll(async () => {
  for (const name of SERVERS) servers.set(name, await startServer(name));
  const [first = "", ...others] = Array.from(servers.values(), ({ publicKeyFile }) => publicKeyFile);
  users = makeLoginUsers(first);
  user = await users.add(findProgram("bash"));
  users.sudoers(`${user.name} ALL=(ALL) NOPASSWD: /bin/sh\n`);
  for (const file of others) appendFileSync(join(user.home, ".ssh/authorized_keys"), readFileSync(file));
});
afterAll(async () => {
  users.remove();
  for (const server of servers.values()) await server.stop();
  temp.remove();
});

function placeOf(server: string, transport: string): Place {
  const own = join(server === "this box" ? temp.path : user.home, transport);
  mkdirSync(own);
  const reached = servers.get(server);
  if (reached === undefined)
    return { sshConfigFile: "/dev/null", dir: own, recordDir: join(temp.path, "records") };
  execFileSync("chown", [user.name, own]);
  const { sshConfigFile } = reached;
  return { sshConfigFile, user: user.name, dir: own, recordDir: user.recordDir };
}

describe.each(WAYS)("$transport to $server", ({ server, transport }) => {
  let place: Place;
  let ground: Ground;
  const others: Ground[] = [];

  const another = (): Ground => {
    const made = makeGround(place.sshConfigFile, place.user, { transport });
    others.push(made);
    return made;
  };
  const read = (name: string): string =>
    existsSync(join(place.dir, name)) ? readFileSync(join(place.dir, name), "utf8") : "";
  const pidIn = (name: string): Promise<number> => until(`a pid in ${name}`, () => Number(read(name)));
  const once = (name: string, command: string): Partial<RemoteTask> => ({
    command: `cd ${place.dir}; ${command}`,
    delivery: "once",
    onDisconnect: "finish",
    recordDir: place.recordDir,
    recordKey: `${transport}-${name}-${server.replaceAll(" ", "")}`.padEnd(26, "x").slice(0, 26),
  });

  beforeAll(() => {
    place = placeOf(server, transport);
    ground = makeGround(place.sshConfigFile, place.user, { keeps: true, transport });
  });
  afterEach(async () => {
    for (const one of others.splice(0)) await one.close();
  });
  afterAll(async () => {
    await ground.close();
    rmSync(place.dir, { recursive: true });
  });

  test("ends with its code and its streams, in shells that are kept on one connection", async () => {
    const end = await ground.run({ command: "echo out; echo err >&2; exit 3" });
    expect(end).toMatchObject({ outcome: "failed", exitCode: 3, reason: "exit code 3" });
    expect([textOf(end.stdout), textOf(end.stderr)]).toEqual(["out\n", "err\n"]);
    expect(await ground.run({ command: "exit 255" })).toMatchObject({ outcome: "failed", exitCode: 255 });
    expect(await ground.run({ command: "kill -s SEGV $$" })).toMatchObject({ signal: "SIGSEGV" });
    expect(textOf((await ground.run({ command: "id -un", become: "nobody" })).stdout)).toBe("nobody\n");
    const size = 3_000_000;
    const big = await ground.run({
      command: `head -c ${size} /dev/zero | tr '\\0' a; head -c ${size} /dev/zero >&2`,
      maxOutputBytes: 2 * size,
    });
    expect(textOf(big.stdout) === "a".repeat(size)).toBe(true);
    expect(Buffer.concat([big.stderr.head, big.stderr.tail]).equals(Buffer.alloc(size))).toBe(true);
    const { connections, carriers } = ground.hosts.stats();
    expect(carriers).toEqual({ [transport]: connections });
    // dropbear stands one session at a time.
    if (server !== "dropbear") expect(connections).toBe(1);
  });

  test("a stop ends what runs as root with all that it started, and nothing else", async () => {
    const sibling = ground.run({
      command: `cd ${place.dir}; echo $$ >sibling; until [ -e go ]; do sleep 0.1; done; echo lived`,
    });
    const stop = new AbortController();
    const fields = {
      become: true,
      command: `echo $$ >${place.dir}/stopped; sleep 301 & timeout 302 sleep 302`,
    } as const;
    const running = ground.run(fields, { signal: stop.signal });
    const session = sessionOf(await pidIn("stopped"));
    await pidIn("sibling");
    await until("all its processes", () => pidsOf(session).length >= 3);
    stop.abort();
    expect(await running).toMatchObject({ outcome: "cancelled", signal: "SIGTERM" });
    expect(pidsOf(session)).toEqual([]);
    writeFileSync(join(place.dir, "go"), "");
    expect(textOf((await sibling).stdout)).toBe("lived\n");
  });

  test("a time limit and a kill by the record hold when the connection is gone", async () => {
    const limited = another();
    const late = limited.run({
      command: `echo $$ >${place.dir}/limited; trap '' TERM; while :; do sleep 0.1; done`,
      timeoutMs: 1000,
      killGraceMs: 100,
    });
    const pid = await pidIn("limited");
    await limited.close();
    expect(await late).toMatchObject({ outcome: "unknown", mayBeRunning: true });
    await until("its guard to end it", () => !isAlive(pid));

    const lost = another();
    const fields = once("killed", "echo $$ >killed; sleep 300; echo");
    const running = lost.run(fields, { connect: deadConnect, lostTimeoutMs: 0 });
    const session = sessionOf(await pidIn("killed"));
    await lost.close();
    expect(await running).toMatchObject({ outcome: "unknown" });
    const kill = await killOnHost(
      remoteTask({ host: "h1", ...fields }),
      { cause: "cancelled" },
      ground.connect("h1"),
    );
    expect(kill).toMatchObject({ kind: "ended", exitCode: 143 });
    expect(pidsOf(session)).toEqual([]);
  });

  test("what is to be finished is finished, once, and its code is learned by the next", async () => {
    const lost = another();
    const fields = once("finish", "echo x >>finished; sleep 1; echo out; exit 4");
    const running = lost.run(fields, { connect: ground.connect("h1") });
    await until("it to begin", () => read("finished") !== "");
    await lost.close();
    expect(await running).toMatchObject({ outcome: "failed", exitCode: 4, outputLost: true });
    expect(await another().run(fields)).toMatchObject({ outcome: "failed", exitCode: 4, outputLost: true });
    expect(read("finished")).toBe("x\n");
  });

  test("a login of its own ends with its task", async () => {
    const { hosts } = another();
    const target = { host: "h1", ...defined({ user: place.user }), connectTimeoutMs: 30_000 };
    const leases = [];
    for (const freshLogin of [undefined, true] as const) {
      const lease = await hosts.connect({ ...target, ...(freshLogin === undefined ? {} : { freshLogin }) });
      if (!lease.ok) throw new Error(lease.error.message);
      leases.push(lease.value);
    }
    expect(leases[0]?.connectionId).not.toBe(leases[1]?.connectionId);
    for (const lease of leases) lease.release();
    await until("one of them to be closed", () => hosts.stats().connections === 1);
  });
});

test("the worker's own box: at home, with nothing of the worker's environment, and as its user alone", async () => {
  const ground = makeGround("/dev/null", undefined, { transport: "local" });
  process.env["RR_TEST_SECRET"] = "the worker's own";
  try {
    const { homedir, username } = userInfo();
    const { stdout } = await ground.run({ command: 'echo "$HOME:$PWD:$RR_TEST_SECRET"' });
    expect(textOf(stdout)).toBe(`${homedir}:${homedir}:\n`);
    const other = await ground.hosts.connect({ host: "h1", user: "nobody", connectTimeoutMs: 1000 });
    expect(other).toMatchObject({ ok: false, error: { reason: "config" } });
    const own = { user: username, port: 22, isLocal: true };
    for (const host of ["localhost", hostname()])
      expect(ground.hosts.doorOf({ host, connectTimeoutMs: 1 })).toEqual(own);
    const otherBox = { ...own, thisBox: hostname() };
    expect(ground.hosts.doorOf({ host: "h1", connectTimeoutMs: 1 })).toEqual(otherBox);
    const elsewhere = { host: hostname(), address: "192.0.2.1" };
    expect(ground.hosts.doorOf({ ...elsewhere, connectTimeoutMs: 1 })).toEqual(otherBox);
  } finally {
    delete process.env["RR_TEST_SECRET"];
    await ground.close();
  }
});
