import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv, startChild } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { homeEnv, runSubmit, startSubmit } from "../support/processes.ts";
import { findProcessesMentioning, type FoundProcess } from "../support/processes-of.ts";
import { findProgram } from "../support/programs.ts";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const RUN = /^\d{8}-\d{6}-[a-z2-7]{8}$/;
const SECRET = "a-secret-that-nobody-else-has";
const DETACHED = "--carry-detached";

let site: Site;
let home: TempDir;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", 8), workers: 1 });
});
afterAll(async () => {
  await site.stop();
});
beforeEach(() => {
  home = makeTempDir("detach");
});
afterEach(() => {
  // Whatever a failed test has left.
  for (const { pid } of carriers()) process.kill(pid, "SIGKILL");
  home.remove();
});

const env = (): Record<string, string> => ({ RR_SERVERS: site.gearmand.server, SECRET_OF_TEST: "none" });

async function rr(...args: readonly string[]) {
  return runSubmit(args, { home: home.path, env: env() });
}

/** The processes that carry runs on: they are found by their home. */
function carriers(): readonly FoundProcess[] {
  return findProcessesMentioning(home.path).filter(({ commandLine }) => commandLine.includes(DETACHED));
}

const runs = (): string => join(home.path, "state", "roadrunner", "runs");

const flow = (command: string, slot: object = {}, name = "left"): string =>
  site.flow(
    { name, slots: [{ jobs: [{ name: "work", hosts: "h[1-8]", command }], ...slot }] },
    `${name}.json`,
  );

/** A command that ends when this file is there. */
const gate = (): string => join(home.path, "go");
const waiting = (): string => `while [ ! -e ${gate()} ]; do sleep 0.1; done`;
const letGo = (): void => writeFileSync(gate(), "");

/** Gives the command, and the run that it leaves. */
async function leave(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await rr(...args, "--detach");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.trimEnd()).toMatch(RUN);
  return stdout.trimEnd();
}

async function ended(run: string): Promise<void> {
  await until("the process to end that carries the run", () => carriers().length === 0);
  expect(readFileSync(join(runs(), `${run}.ndjson`), "utf8")).toContain('"type":"run.ended"');
}

it("a run goes on without whoever gave the command, and is shown, listed and reported as any other", async () => {
  const run = await leave(flow(`${ownFolder}; ${waiting()}; echo done on $RR_HOST`));
  const [carrier] = carriers();
  // A session of its own, without a terminal, and nothing of whoever began it in its hands.
  const stat = readFileSync(`/proc/${carrier?.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  expect({ session: Number(stat[3]), terminal: Number(stat[4]) }).toEqual({
    session: carrier?.pid,
    terminal: 0,
  });
  expect(carrier?.commandLine).toMatch(new RegExp(`${DETACHED} ${run}$`));
  const said = join(runs(), `${run}.log`);
  expect([1, 2].map((fd) => readlinkSync(`/proc/${carrier?.pid}/fd/${fd}`))).toEqual([said, said]);
  expect((await rr("runs")).stdout).toMatch(new RegExp(`${run} .*running`));
  const attached = startSubmit(["attach", run], { home: home.path, env: env() });
  await attached.waitFor("work started on");
  letGo();
  expect(await attached.exited).toMatchObject({ code: 0 });
  expect(attached.stdout()).toContain("work succeeded: 8 of 8 ok");
  await ended(run);
  expect((await rr("report", run)).stdout).toContain("done on h1");
  expect(readFileSync(said, "utf8")).toContain(`run ${run} (left) succeeded`);
  expect(statSync(said).mode & 0o777).toBe(0o600);
});

it("is stopped and gone on with by the same words, and left again", async () => {
  const half = {
    name: "half",
    hosts: "h[1-8]",
    parallelism: 4,
    command: `${waiting()}; echo once >> ${home.path}/$RR_HOST`,
  };
  const run = await leave(site.flow({ name: "stopped", slots: [{ jobs: [half] }] }, "stopped.json"));
  expect((await rr("stop", run)).stderr).toContain("stopping: nothing new starts");
  letGo();
  await ended(run);
  expect(await leave("resume", run)).toBe(run);
  await ended(run);
  for (const host of names("h", 8)) expect(readFileSync(join(home.path, host), "utf8")).toBe("once\n");
});

it("waits for an answer, since nobody is there to give it", async () => {
  const slots = [
    { jobs: [{ name: "first", hosts: "h1", command: "true" }] },
    { confirm: "Is it well?", jobs: [{ name: "second", hosts: "h2", command: "true" }] },
  ];
  const run = await leave(site.flow({ name: "asks", slots }, "asks.json"));
  const attached = startSubmit(["attach", run], { home: home.path, env: env() });
  await attached.waitFor(`slot 2 waits for a yes: Is it well?; say it: rr-submit confirm ${run}`);
  expect(carriers()).toHaveLength(1);
  expect((await rr("confirm", run)).code).toBe(0);
  expect(await attached.exited).toMatchObject({ code: 0 });
  await ended(run);
  expect((await rr("report", run)).stdout).toContain("second succeeded: 1 of 1 ok");
});

/** The command on a terminal that goes away when this program is killed. */
function onTerminal(...args: readonly string[]) {
  const command = [process.execPath, builtProgram("rr-submit"), ...args].join(" ");
  return startChild(findProgram("script"), ["-qefc", command, "/dev/null"], {
    stdin: true,
    env: { ...bareEnv, ...homeEnv(home.path), ...env(), SHELL: "/bin/sh", TERM: "xterm" },
  });
}

it("a terminal that closes takes nothing with it but what it was asked", async () => {
  const path = flow(waiting(), {}, "terminal");
  const begun = onTerminal(path, "--detach");
  await begun.waitFor(/rr-submit stop (\S+)\s+\1\s/);
  expect(begun.output()).toContain("It goes on without this terminal. Show it: rr-submit attach");
  const [, run = ""] = /rr-submit stop (\S+)/.exec(begun.output()) ?? [];
  await begun.kill();
  // A flow with a warning is asked about first.
  const many = { jobs: [{ hosts: "no-such-host-[1-12].invalid", command: "true" }] };
  const asking = onTerminal(site.flow({ name: "asked", slots: [many] }, "asked.json"), "--detach");
  await asking.waitFor("Run it?");
  await asking.kill();
  letGo();
  await ended(run);
  expect(readdirSync(runs()).filter((name) => name.endsWith(".ndjson"))).toEqual([`${run}.ndjson`]);
});

it("goes on when whoever gave the command is killed before the run has begun", async () => {
  const [worker] = site.workers;
  await worker?.kill();
  const front = startSubmit([flow("true", {}, "early"), "--detach"], { home: home.path, env: env() });
  await until("the process that carries the run", () => carriers().length === 1);
  // It has its order, and waits for a worker.
  const locks = join(runs(), "../locks");
  await until("it to take the flow's lock", () => existsSync(locks) && readdirSync(locks).length > 0);
  await front.kill();
  await site.replaceEnded();
  await until("the run to be recorded", () => readdirSync(runs()).some((name) => name.endsWith(".ndjson")));
  await until("its end", () => carriers().length === 0);
  expect((await rr("runs")).stdout).toMatch(/early .*succeeded/);
});

it("tells what keeps a run from beginning, with the exit code of a run here, and leaves nothing", async () => {
  const path = flow("true");
  const key = join(home.path, "key");
  writeFileSync(key, "no key", { mode: 0o600 });
  const faults = [
    [
      ["--servers", "127.0.0.1:1", "--server-timeout", "200ms"],
      3,
      "no Gearman job server answers at 127.0.0.1:1",
    ],
    [["--function-prefix", "other.", "--wait-for-workers", "200ms"], 3, "no worker serves rr-run"],
    [["--sign-key", key], 2, `--sign-key ${key} is no key that can sign`],
    [["--follow"], 2, "--follow shows nothing with --detach; rr-submit attach shows the run"],
  ] as const;
  await Promise.all(
    faults.map(async ([args, code, told]) => {
      const left = await rr(path, "--detach", "--concurrent", ...args);
      expect(left).toMatchObject({ code, stdout: "" });
      expect(left.stderr).toContain(told);
    }),
  );
  expect(readdirSync(runs())).toEqual([]);
});

it("Ctrl-C before the run has begun ends what was to carry it", async () => {
  const patient = ["--detach", "--function-prefix", "other.", "--wait-for-workers", "60s"];
  const front = startSubmit([flow("true"), ...patient], { home: home.path, env: env() });
  const locks = join(runs(), "../locks");
  await until("it to take the flow's lock", () => existsSync(locks) && readdirSync(locks).length > 0);
  front.signal("SIGINT");
  expect(await front.exited).toMatchObject({ code: 130 });
  expect(front.stderr()).toBe("nothing was sent\n");
  expect(front.stdout()).toBe("");
  expect(carriers()).toEqual([]);
  expect(readdirSync(runs())).toEqual([]);
});

it("a full disk keeps a run from beginning, and says so", async () => {
  const full = join(home.path, "full");
  mkdirSync(full, { mode: 0o700 });
  const script = `mount -t tmpfs -o size=4k,mode=700 tmpfs "$0" && mkdir -p "$0/roadrunner" && exec "$@"`;
  const words = ["--mount", "/bin/sh", "-c", script, full, process.execPath, builtProgram("rr-submit")];
  const child = startChild(findProgram("unshare"), [...words, flow(`: ${"x".repeat(8192)}`), "--detach"], {
    env: { ...bareEnv, ...homeEnv(home.path), ...env(), XDG_STATE_HOME: full },
  });
  expect(await child.exited).toMatchObject({ code: 3 });
  expect(child.stderr()).toContain("the disk is full; free some space");
  expect(child.stdout()).toBe("");
});

it("runs from this box alone as well, writes whole outputs into files, and shows a secret to nobody", async () => {
  const out = join(home.path, "out");
  const file = join(home.path, "token");
  writeFileSync(file, SECRET, { mode: 0o600 });
  const command = `${waiting()}; printf %s "$token" | wc -c; echo on $RR_HOST`;
  const job = { name: "work", hosts: "h[1-3]", command };
  const path = site.flow(
    { name: "alone", params: { token: { type: "secret" } }, slots: [{ jobs: [job] }] },
    "alone.json",
  );
  const local = ["--local", "--ssh-config", site.sshd.sshConfigFile, "--output-dir", out];
  const run = await leave(path, ...local, "--secret-file", `token=${file}`);
  const [carrier] = carriers();
  for (const name of ["cmdline", "environ"])
    expect(readFileSync(`/proc/${carrier?.pid}/${name}`, "utf8")).not.toContain(SECRET);
  letGo();
  await ended(run);
  expect(readFileSync(join(out, "work", "h3.stdout"), "utf8")).toBe(`${SECRET.length}\non h3\n`);
  for (const name of readdirSync(runs()))
    expect(readFileSync(join(runs(), name), "utf8")).not.toContain(SECRET);
});
