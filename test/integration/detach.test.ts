import { readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startSubmit } from "../support/processes.ts";
import { findProcessesMentioning, type FoundProcess } from "../support/processes-of.ts";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const RUN = /^\d{8}-\d{6}-[a-z2-7]{8}$/;
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
  const run = await leave(flow(waiting(), {}, "stopped"));
  const stopped = await rr("stop", run);
  expect(stopped.stderr).toContain("stopping: nothing new starts");
  await until("a stop that is no accident", async () => (await rr("stop", run)).stderr.includes("killing"));
  await ended(run);
  letGo();
  expect(await leave("resume", run, "--retry", "cancelled")).toBe(run);
  await ended(run);
  expect((await rr("runs")).stdout).toMatch(new RegExp(`${run} .*succeeded`));
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
