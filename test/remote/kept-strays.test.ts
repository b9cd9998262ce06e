import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KeptShells } from "../../packages/worker/src/visit/kept/kept-shells.ts";
import type { RemoteEnd, RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { runOnHost } from "../../packages/worker/src/verdict/run-on-host.ts";
import type { Connect } from "../../packages/worker/src/visit/run-request.ts";
import { createSshHosts } from "../../packages/worker/src/ssh/hosts.ts";
import { SHELLS } from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { seeded, type Random } from "../support/random.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { findProgram } from "../support/programs.ts";
import { textOf } from "./ground.ts";
import { makeLoginUsers, type LoginUser, type LoginUsers } from "./login-users.ts";
import { until } from "../support/until.ts";
import { LocalLease } from "./local-lease.ts";
import { isAlive } from "./processes.ts";
import { SERVERS, startServer, type Server } from "./servers.ts";

failOnLeftovers();

const SEED = Number(process.env["RR_STRAYS_SEED"] ?? 20261128);
const TASKS = Number(process.env["RR_STRAYS_TASKS"] ?? 12);
/** What is left behind for good: no kill of another task ends it. */
const DAEMON = "exec sleep 977";

/** What a command may leave behind; TOKEN names its task, DIR is where it leaves its traces. */
const STRAYS = [
  "(sleep 0.2; echo TOKEN late) &",
  "nohup sh -c 'sleep 0.3; echo TOKEN late' 2>/dev/null &",
  "setsid sh -c 'sleep 0.25; echo TOKEN late >&2' &",
  "(setsid sh -c '(sleep 0.1; echo TOKEN late) &' &)",
  "env -i setsid sh -c 'sleep 0.2; echo TOKEN late' &",
  // Forks all the time, and is never there for long.
  "hop() { [ $1 -gt 0 ] || { echo TOKEN late; return; }; (hop $(($1-1))) & }; hop 40",
  "setsid sh -c 'i=0; while [ $i -lt 60 ]; do (:); i=$((i+1)); done; echo TOKEN late' &",
  // Fills the streams.
  "setsid sh -c 'yes TOKEN late | head -c 300000' &",
  "(yes TOKEN late | head -c 200000 >&2) &",
  // Stops the shell that is kept, and lets it go on.
  "(kept -STOP; sleep 0.3; kept -CONT; echo TOKEN late) &",
  // Left for good, with the streams and without them.
  `setsid sh -c 'echo $$ >>DIR/daemon-TOKEN; ${DAEMON}' &`,
  `setsid sh -c 'echo $$ >>DIR/daemon-TOKEN; ${DAEMON}' >/dev/null 2>&1 </dev/null &`,
  `nohup sh -c 'echo $$ >>DIR/daemon-TOKEN; ${DAEMON}' >/dev/null 2>&1 &`,
  "exec 7>&1; (exec >/dev/null 2>&1; sleep 0.3; echo TOKEN late >&7) &",
] as const;

/** How it ends. The outcomes are those that a task may tell; what a kill of its own shell does is its own affair. */
const PLAIN_ENDS = [
  { text: "exit 0", outcomes: ["ok"] },
  { text: "exit 7", outcomes: ["failed"] },
  // Long enough to hear what was left behind.
  { text: "sleep 0.4; exit 6", outcomes: ["failed"] },
  { text: "exec >&- 2>&-; sleep 0.3; exit 5", outcomes: ["failed"] },
] as const;
const ROUGH_ENDS = [
  { text: "head -c 300000 /dev/zero | tr '\\0' 'x'; exit 3", outcomes: ["failed"] },
  { text: "sleep 60", outcomes: ["cancelled"], stopped: true },
  { text: "trap '' TERM; sleep 60; sleep 60", outcomes: ["cancelled"], stopped: true },
  { text: "sleep 60", outcomes: ["timedOut"], fields: { timeoutMs: 300 } },
  // What it has left in its own session goes with it.
  { text: "kill -TERM 0; sleep 60", outcomes: ["failed"], endsItsOwn: true },
  { text: "kill -KILL $PPID; exit 1", outcomes: ["unknown"] },
  { text: "kept -KILL; exit 4", outcomes: ["failed", "unknown"] },
] as const;

interface Lane {
  readonly connect: Connect;
  readonly close: () => Promise<void>;
  readonly recordDir?: string;
}

let temp: TempDir;
const servers: { readonly server: Server; readonly users: LoginUsers; readonly user: LoginUser }[] = [];
beforeAll(async () => {
  temp = makeTempDir("kept-strays");
  chmodSync(temp.path, 0o711);
  for (const name of SERVERS) {
    const server = await startServer(name);
    const users = makeLoginUsers(server.publicKeyFile);
    servers.push({ server, users, user: await users.add(findProgram("bash")) });
  }
});
afterAll(async () => {
  for (const pid of daemonsIn(temp.path)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  for (const { server, users } of servers) {
    users.remove();
    await server.stop();
  }
  temp.remove();
});

function daemonsIn(dir: string, token = ""): number[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes(`daemon-${token}`))
    .flatMap((name) => readFileSync(join(dir, name), "utf8").split("\n").filter(Boolean).map(Number));
}

/** `kept SIGNAL`: signals the shell that is kept, if the task's program is not the first of its session. */
const KEPT =
  "read -r p n s K g S rest </proc/$PPID/stat; kept() { [ $S = $PPID ] || [ $S != $K ] || kill $1 $K; };";

function commandOf(random: Random, token: string, dir: string, ending: string): string {
  const strays = Array.from({ length: random.below(3) }, () => random.pick(STRAYS));
  return [KEPT, `echo x >>DIR/starts-TOKEN; echo "TOKEN shell $K"`, ...strays, ending]
    .join("\n")
    .replaceAll("TOKEN", token)
    .replaceAll("DIR", dir);
}

/** What was told of a task, and what it said that was not its own. */
function faultsOf(token: string, end: RemoteEnd, allowed: readonly string[], dir: string): string[] {
  const said = `${textOf(end.stdout)}${textOf(end.stderr)}`.replaceAll(/x{1000,}/g, "x");
  const others = (said.match(/@[a-z]{1,9}-[0-9]{1,3}@/g) ?? []).filter((name) => name !== token);
  const starts = existsSync(join(dir, `starts-${token}`))
    ? readFileSync(join(dir, `starts-${token}`), "utf8").length / 2
    : 0;
  return [
    ...(allowed.includes(end.outcome) ? [] : [`${token}: ${end.outcome}: ${end.reason}`]),
    ...(others.length === 0 ? [] : [`${token} heard ${others[0]}`]),
    ...(starts === 1 ? [] : [`${token} was started ${starts} times`]),
    ...(/rr:/.test(said) ? [`${token} heard words of the program`] : []),
  ];
}

let last: Promise<void> = Promise.resolve();

function oneAtATime(work: () => Promise<void>): Promise<void> {
  const done = last.then(work);
  last = done.catch(() => {});
  return done;
}

async function playLane(name: string, { connect, close, ...recorded }: Lane): Promise<Played> {
  const random = seeded(SEED + name.length);
  const dir = join(temp.path, name);
  mkdirSync(dir);
  chmodSync(dir, 0o777);
  const shells = new KeptShells(600_000);
  const faults: string[] = [];
  const spared: string[] = [];
  const served = new Map<string, number>();
  const run = async (number: number, isCalm: boolean): Promise<void> => {
    const token = `@${name}-${number}@`;
    const ending = isCalm
      ? PLAIN_ENDS[0]
      : random.chance(70)
        ? random.pick(PLAIN_ENDS)
        : random.pick(ROUGH_ENDS);
    const command = isCalm
      ? `${KEPT} echo x >>${dir}/starts-${token}; echo "${token} shell $K"`
      : commandOf(random, token, dir, ending.text);
    const once: Partial<RemoteTask> = {
      delivery: "once",
      onDisconnect: random.pick(["finish", "attached"]),
      recordKey: token.replaceAll("@", "").padEnd(26, "x"),
      ...recorded,
    };
    const task = remoteTask({
      host: "h1",
      command,
      killGraceMs: 300,
      ...(random.chance(60) ? once : {}),
      ...("fields" in ending ? ending.fields : {}),
    });
    const stop = new AbortController();
    const lease = await connect();
    if (!lease.ok) throw new Error(lease.error.message);
    const running = runOnHost({
      lease: lease.value,
      task,
      connect,
      shells,
      signal: stop.signal,
      log: { debug: () => {}, warn: () => {} },
    });
    if ("stopped" in ending) {
      let isOver = false;
      void running.then(() => (isOver = true));
      await until("the command to start", () => isOver || existsSync(join(dir, `starts-${token}`)));
      await sleep(random.below(300));
      stop.abort();
    }
    const end = await running;
    lease.value.release();
    faults.push(...faultsOf(token, end, ending.outcomes, dir).map((fault) => `${fault}\n${command}`));
    if (!["cancelled", "timedOut"].includes(end.outcome) && !("endsItsOwn" in ending)) spared.push(token);
    const shell = / shell (\d+)/.exec(textOf(end.stdout))?.[1] ?? "";
    served.set(shell, (served.get(shell) ?? 0) + 1);
  };
  let number = 0;
  // What other lanes begin is in the way of the proof that a shell is of use.
  await oneAtATime(async () => {
    while (number < 60 && ![...served.values()].some((count) => count > 1)) await run((number += 1), true);
  });
  for (let round = 0; round < TASKS; round += 1) await run((number += 1), random.chance(30));
  await close();
  return {
    faults,
    mostServed: Math.max(...served.values()),
    endedByOthers: spared.filter((token) => !daemonsIn(dir, token).every(isAlive)),
  };
}

interface Played {
  readonly faults: readonly string[];
  /** By one shell. */
  readonly mostServed: number;
  /** What tasks left behind whose own kill did not end it. */
  readonly endedByOthers: readonly string[];
}

const GOOD: Played = {
  faults: [],
  mostServed: expect.toSatisfy((count: number) => count > 1),
  endedByOthers: [],
};

describe("nothing of one task meets another that its shell served before, whatever commands leave behind", () => {
  test.concurrent.each(SHELLS.map((shell, index) => [shell.join(" "), shell, index] as const))(
    "under %s",
    async (_, shell) => {
      const played = await playLane(shell[0], {
        connect: async () => ({ ok: true, value: new LocalLease(shell) }),
        close: async () => {},
        recordDir: temp.path,
      });
      expect(played).toEqual(GOOD);
    },
    300_000,
  );

  test.concurrent.each(SERVERS.map((name, index) => [name, index] as const))(
    "behind %s",
    async (name, index) => {
      const { server, user } = servers[index] ?? {};
      const hosts = createSshHosts({ sshConfigFiles: [server?.sshConfigFile ?? ""] });
      const played = await playLane(name, {
        connect: () => hosts.connect({ host: "h1", user: user?.name ?? "", connectTimeoutMs: 30_000 }),
        close: () => hosts.close(),
      });
      expect(played).toEqual(GOOD);
    },
    300_000,
  );
});
