import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startSubmit } from "../support/processes.ts";
import { eventsOf, names, outcomes, Site, type SiteRun } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

let site: Site;
let home: TempDir;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", 6), workers: 2 });
  home = makeTempDir("unless-home");
});
afterAll(async () => {
  await site.stop();
  home.remove();
});

const flow = (...jobs: object[]) => ({ name: "unless", slots: [{ jobs }] });
const ends = ({ events }: Pick<SiteRun, "events">) =>
  new Map(events.flatMap((event) => (event.type === "task.ended" ? [[event.host, event] as const] : [])));
const running = (text: RegExp) => site.sshd.running().some(({ commandLine }) => text.test(commandLine));

it("starts the command only where it is needed, and every view counts those hosts", async () => {
  const job = {
    ...{ name: "install", hosts: "h[1-3]", env: { WANT: "it's\n$1" } },
    unless: `${ownFolder}; echo question; [ "$(cat $d/have 2>/dev/null)" = "$WANT" ]`,
    command: `${ownFolder}; echo work; printf %s "$WANT" > $d/have; echo x >> $d/ran`,
  };
  const first = await site.run(flow({ ...job, hosts: "h1" }));
  expect(ends(first).get("h1")).toMatchObject({
    outcome: "ok",
    exitCode: 0,
    changed: true,
    stdout: "work\n",
  });
  const { code, stdout, stderr } = await site.submit(flow(job), ["--output", "plain"], { home: home.path });
  expect(code, stderr).toBe(0);
  // Those that end within a moment are told in one line.
  expect(stdout).toMatch(/install ok on h(\[2-3\]|[23])/);
  expect(stdout).toMatch(/install ok, not changed, on h1/);
  expect(stdout).toContain("install succeeded: 3 of 3 ok, needed 3, 2 changed");
  expect(stdout).toContain("h1 ok, not changed");
  expect(stdout).not.toContain("question");
  const report = async (...args: string[]) =>
    (await runSubmit(["report", "last", ...args], { home: home.path })).stdout;
  const json = JSON.parse(await report("--json")) as {
    slots: { jobs: { changed: number; tasks: object[] }[] }[];
  };
  expect(json.slots[0]?.jobs[0]).toMatchObject({
    changed: 2,
    tasks: [{ host: "h1", changed: false }, {}, {}],
  });
  expect(await report("--junit", "-")).toContain('name="changed" value="2"');
  expect(await report("--html", "-")).toContain('"changed":2');
  expect(await report()).toContain("2 changed");
  const again = await site.run(flow(job));
  expect([...ends(again).values()].map(({ changed }) => changed)).toEqual([false, false, false]);
  expect(site.lines("ran")).toHaveLength(3);
});

it("starts nothing where it gives no answer, whatever it does, and shows what it said", async () => {
  const of = (host: string, unless: string, more: object = {}) => ({
    ...{ name: host, hosts: host, success: "0%", unless },
    ...{ command: `${ownFolder}; echo x >> $d/wrong; echo ran`, ...more },
  });
  const run = await site.run(
    flow(
      of("h1", "echo before; no-such-program"),
      of("h2", "sleep 600", { timeout: "1s" }),
      of("h3", "kill -s KILL $PPID; exit 1", { delivery: "repeatable" }),
      of("h4", "cat; head -c 33554432 /dev/zero; exit 1", { command: "echo ran" }),
      of("h5", "sleep 600 & exit 1", { command: "echo ran" }),
      of("h6", "yes | head -c 33554432; exit 126"),
    ),
  );
  const end = ends(run);
  expect(end.get("h1")).toMatchObject({ outcome: "failed", reason: "unless: exit code 127" });
  expect(end.get("h1")?.stdout).toBe("before\n");
  expect(end.get("h1")?.stderr).toContain("no-such-program");
  expect(end.get("h2")).toMatchObject({ outcome: "failed" });
  expect(end.get("h2")?.reason).toMatch(/^unless: it ran out of its time \(1 s\) and was killed: SIGTERM/);
  expect(end.get("h3")).toMatchObject({ outcome: "failed" });
  expect(end.get("h3")?.reason).toMatch(/^unless: \/bin\/sh, which asked it, /);
  expect(end.get("h4")).toMatchObject({ outcome: "ok", changed: true, stdout: "ran\n", stderr: "" });
  expect(end.get("h5")).toMatchObject({ outcome: "ok", changed: true, stdout: "ran\n" });
  expect(end.get("h6")).toMatchObject({ outcome: "failed", reason: "unless: exit code 126" });
  expect(end.get("h6")?.stdout?.length).toBeLessThan(9000);
  expect(site.lines("wrong")).toEqual([]);
  expect(running(/sleep 600/)).toBe(false);
});

const DELIVERIES = ["once", "repeatable"] as const;

it("starts nothing more of a job that is decided while it is asked", async () => {
  const job = (delivery: (typeof DELIVERIES)[number], hosts: string) => {
    const asked = `decided-asked-${delivery}`;
    return {
      ...{ name: delivery, hosts, delivery },
      unless: `${ownFolder}; echo x >> $d/${asked}; case $RR_HOST in h1 | h4) exit 1;; esac; sleep 600; exit 1`,
      command: `${ownFolder}; echo x >> $d/decided-ran; until [ $(cat $RR_TEST_DIR/*/${asked} | wc -l) = 3 ]; do sleep 0.1; done; exit 1`,
    };
  };
  const jobs = [job("once", "h[1-3]"), job("repeatable", "h[4-6]")];
  const run = await site.run({ name: "decided", slots: [{ failFast: false, jobs }] });
  const told = [...ends(run).values()].map(({ host, outcome, reason }) => [host, outcome, reason] as const);
  const skipped = "stopped while unless was asked: the command was not started";
  expect(told.toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
    ["h1", "failed", "exit code 1"],
    ["h2", "skipped", skipped],
    ["h3", "skipped", skipped],
    ["h4", "failed", "exit code 1"],
    ["h5", "skipped", skipped],
    ["h6", "skipped", skipped],
  ]);
  expect(site.lines("decided-ran")).toHaveLength(2);
  expect(running(/sleep 600/)).toBe(false);
});

it("the first stop while it is asked starts nothing; a resume asks again", async () => {
  const job = {
    unless: `${ownFolder}; echo x >> $d/stop-asked; [ ! -e $d/go ] && sleep 600; exit 1`,
    command: `${ownFolder}; echo x >> $d/stop-ran`,
  };
  const jobs = DELIVERIES.map((delivery, at) => ({
    ...job,
    ...{ name: delivery, hosts: `h[${2 * at + 1}-${2 * at + 2}]`, delivery },
  }));
  const submit = site.startSubmit(flow(...jobs), ["--output", "ndjson"], { home: home.path });
  await until("all to be asked", () => site.lines("stop-asked").length === 4);
  submit.signal("SIGINT");
  await within("rr-submit to end", submit.exited, 60_000);
  const stopped = outcomes(eventsOf(submit.stdout()));
  expect([stopped.size, new Set(stopped.values())]).toEqual([4, new Set(["skipped"])]);
  expect(running(/sleep 600/)).toBe(false);
  await site.run(flow({ hosts: "h[1-4]", command: `${ownFolder}; : > $d/go` }));
  const env = { RR_SERVERS: site.gearmand.server };
  const resumed = await runSubmit(["resume", "last", "--output", "ndjson"], { home: home.path, env });
  expect(resumed.code, resumed.stderr).toBe(0);
  expect([site.lines("stop-asked"), site.lines("stop-ran")].map(({ length }) => length)).toEqual([8, 4]);
});

it("a worker that dies while it is asked costs a second question, and no second start", async () => {
  const job = {
    ...{ name: "lost", hosts: "h1" },
    unless: `${ownFolder}; echo x >> $d/lost-asked; [ ! -e $d/again ] && { : > $d/again; sleep 3; }; exit 1`,
    command: `${ownFolder}; echo x >> $d/lost-ran`,
  };
  const submit = site.startSubmit(flow(job), ["--output", "ndjson"]);
  await until("it to be asked", () => site.lines("lost-asked").length === 1);
  const id = await until("its worker to be told", () => {
    const started = eventsOf(submit.stdout()).find((event) => event.type === "task.started");
    return started?.type === "task.started" ? started.worker : undefined;
  });
  for (const worker of site.workers) if (id.includes(`-${worker.pid}-`)) await worker.kill();
  const { code } = await within("rr-submit to end", submit.exited, 60_000);
  expect(code, submit.output().slice(-2000)).toBe(0);
  expect([site.lines("lost-asked"), site.lines("lost-ran")].map(({ length }) => length)).toEqual([2, 1]);
  site.addWorker();
  await site.allWorkersUp();
});

it("plan --ask-hosts asks, tells who would change, and starts nothing, be it killed half-way", async () => {
  const state = makeTempDir("unless-plan");
  const options = { home: state.path, env: { RR_SERVERS: site.gearmand.server } };
  const command = `${ownFolder}; echo x >> $d/planned`;
  const asking = site.flow(
    flow(
      {
        name: "some",
        hosts: "h[1-4]",
        unless:
          "case $RR_HOST in h1) exit 0;; h3) setsid sleep 302.7 & sleep 302.7 & ;; h4) no-such-program; exit;; esac; exit 1",
        command,
      },
      { name: "plain", hosts: "h[5-6]", command },
    ),
    "ask.json",
  );
  const told = await runSubmit(["plan", asking, "--ask-hosts"], options);
  expect(told.code, told.stderr).toBe(1);
  expect(told.stdout).toContain("  would run on 2 hosts: h[2-3]\n  not needed on 1 host: h1\n");
  expect(told.stdout).toMatch(/no answer of 1 host: h4: failed: exit code 127 \(.*no-such-program.*\)/);
  expect(running(/sleep 302/), "what it left").toBe(false);
  expect(told.stdout).toContain("plain: no unless, would run on all 2 hosts: h[5-6]");
  const json = JSON.parse(
    (await runSubmit(["plan", asking, "--ask-hosts", "--json"], options)).stdout,
  ) as object;
  expect(json).toMatchObject({ jobs: [{ would: ["h2", "h3"], as: ["h1"] }, { would: ["h5", "h6"] }] });
  const slow = site.flow(
    flow({
      name: "slow",
      hosts: "h[1-2]",
      unless: `${ownFolder}; echo x >> $d/slow-asked; sleep 2; exit 1`,
      command,
    }),
    "slow.json",
  );
  const killed = startSubmit(["plan", slow, "--ask-hosts"], options);
  await until("both to be asked", () => site.lines("slow-asked").length === 2);
  await killed.kill();
  await until("the questions to end", () => !running(/slow-asked/));
  expect(site.lines("planned")).toEqual([]);
  const runs = join(state.path, "state", "roadrunner", "runs");
  expect(existsSync(runs) ? readdirSync(runs) : []).toEqual([]);
  state.remove();
});

it("a plan that asks nobody takes nothing that only the asking needs", async () => {
  const path = site.flow(flow({ hosts: "h1", command: "true" }), "plain.json");
  const { code, stderr } = await runSubmit(["plan", path, "--sign-key", "x", "--local"], { home: home.path });
  expect(code).toBe(2);
  expect(stderr).toContain("--sign-key needs --ask-hosts");
  expect(stderr).toContain("--local needs --ask-hosts");
});
