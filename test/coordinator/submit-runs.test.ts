import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRow } from "@roadrunner/engine/api";
import { findProgram } from "../support/programs.ts";
import { startChild } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { eventsOf, outcomes } from "../support/site.ts";
import { until, within } from "../support/until.ts";
import { SubmitGround } from "./submit-ground.ts";

failOnLeftovers();

const RUN_ID = /^\d{8}-\d{6}-[a-z2-7]{8}\n$/;

let ground: SubmitGround;
beforeAll(async () => {
  ground = await SubmitGround.start(3);
});
afterAll(async () => {
  await ground.stop();
});

describe("a run of a coordinator", () => {
  it("is left at once with --detach, and seen, reported, listed and named by the words for any run", async () => {
    const left = await ground.run([ground.flow("left", "sleep 0.5; echo hello from $RR_HOST"), "--detach"]);
    expect(left).toMatchObject({ code: 0, stdout: expect.stringMatching(RUN_ID) as string, stderr: "" });
    const run = left.stdout.trim();
    const attached = await ground.run(["attach", run.slice(0, -2), "--output", "plain"]);
    expect(attached.code, attached.stderr).toBe(0);
    expect(attached.stdout).toMatch(/work .*succeeded/);
    const report = await ground.run(["report"]);
    expect(report.stdout).toContain("hello from h2");
    const plan = await ground.run([
      "plan",
      ground.flow("next", "true"),
      "--no-servers",
      "--limit",
      `@ok:${run}`,
      "--exclude",
      "h1",
    ]);
    expect(plan.stdout).toMatch(/h\[2-3\]/);
    const here = await ground.run([ground.flow("here", "true"), "--here", ...ground.sealed], {
      RR_SERVERS: ground.site.gearmand.server,
    });
    expect(here.code, here.stderr).toBe(0);
    const runs = await ground.run(["runs"]);
    expect(runs.stdout.split("\n").map((line) => line.split(/ {2,}/).slice(1, 4))).toEqual([
      ["flow", "state", "where"],
      ["here", "succeeded", "here"],
      ["left", "succeeded", "coordinator"],
      [],
    ]);
    const rows = JSON.parse((await ground.run(["runs", "--json"])).stdout) as (RunRow & {
      coordinator?: string;
    })[];
    expect(rows.map(({ coordinator }) => coordinator)).toEqual([undefined, ground.address]);
    expect((await ground.run(["runs", "--here"])).stdout).not.toContain(run);
    expect((await ground.run(["report", run, "--here"])).stderr).toContain(`there is no run "${run}" in`);
  });

  it("is shown as it goes, each event once, and gives the exit code of a run carried here", async () => {
    const flow = ground.flow("shown", '[ $RR_HOST != h2 ] || [ -e "$d/well" ] || { : > "$d/well"; exit 7; }');
    const shown = await ground.run([flow, "--output", "ndjson"]);
    expect(shown.code, shown.stderr).toBe(1);
    const events = eventsOf(shown.stdout);
    const run = events[0]?.run ?? "";
    expect(events).toEqual(await ground.kit.events(run));
    expect(outcomes(events).get("work h2")).toBe("failed");
    expect(shown.stderr).toContain(`rr-submit resume ${run} --retry failed`);
    const resumed = await ground.run(["resume", "last", "--retry", "failed", "--output", "ndjson"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const after = eventsOf(resumed.stdout);
    expect(after[0]).toMatchObject({ type: "run.resumed", retry: ["failed"] });
    expect(after).toEqual((await ground.kit.events(run)).slice(events.length));
    expect(ground.site.lines("shown")).toHaveLength(4);
    const again = await ground.run(["resume", run]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("has succeeded") as string });
  });

  it("gives its live output to --follow, and all of it to --output-dir", async () => {
    const folder = join(ground.home, "outputs");
    const flow = ground.flow("followed", "sleep 0.5; for i in 1 2 3; do echo line $i; sleep 0.2; done");
    const { code, stdout } = await ground.run([flow, "--follow=h1", "--output-dir", folder]);
    expect(code).toBe(0);
    expect(stdout.match(/^h1.*line \d$/gm)).toHaveLength(3);
    expect(stdout).not.toMatch(/^h2.*line/m);
    expect(readdirSync(join(folder, "work")).toSorted()).toEqual([
      "h1.stderr",
      "h1.stdout",
      "h2.stderr",
      "h2.stdout",
      "h3.stderr",
      "h3.stdout",
    ]);
    expect(readFileSync(join(folder, "work", "h3.stdout"), "utf8")).toBe("line 1\nline 2\nline 3\n");
    expect(existsSync(join(folder, "incomplete"))).toBe(false);
  });

  it("can be one line, and a ping", async () => {
    const run = await ground.run(["run", "h[1-2]", "--", "echo", "hi"]);
    expect(run, run.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("hi") as string });
    const ping = await ground.run(["ping", "h[1-3]"]);
    expect(ping, ping.stderr).toMatchObject({ code: 0 });
    expect((await ground.run(["runs", "--last", "2"])).stdout.match(/coordinator/g)).toHaveLength(2);
  });

  it("keeps another run of its flow from beginning, unless that is wanted", async () => {
    const flow = ground.flow("single", `while ! [ -e "$d/go" ]; do sleep 0.1; done`, {}, "h1");
    const { stdout } = await ground.run([flow, "--detach"]);
    const second = await ground.run([flow, "--detach"]);
    expect(second).toMatchObject({ code: 2, stdout: "" });
    expect(second.stderr).toContain(stdout.trim());
    expect(second.stderr).toContain("Nothing was handed over.");
    const other = await ground.run([flow, "--detach", "--concurrent"]);
    expect(other.code, other.stderr).toBe(0);
    await until("both to run", () => ground.site.lines("single").length === 2);
    const [run = "", more = ""] = [stdout, other.stdout].map((id) => id.trim());
    expect((await ground.run(["stop", run])).stderr).toContain(`run ${run}: stopping: nothing new starts`);
    expect(await ground.kit.ask("POST", `/runs/${more}/kill`, {})).toMatchObject({ status: 200 });
    await until("the first stop to be a second ago", async () =>
      (await ground.run(["stop", run])).stderr.includes("killing what runs"),
    );
    expect([await ground.kit.ended(run), await ground.kit.ended(more)]).toEqual(["cancelled", "cancelled"]);
    expect(await ground.run(["stop", run])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has ended") as string,
    });
  });
});

it("takes secrets from their files, and is given them anew for a run that has ended; they stand nowhere", async () => {
  const SECRET = "hunter2-of-the-coordinator";
  const token = join(ground.kit.home.path, "token");
  writeFileSync(token, `${SECRET}\n`, { mode: 0o600 });
  const command = `[ "$token" = ${SECRET.replace("-of", "''-of")} ] || exit 9; echo it is $token; [ -e ${token}.well ]`;
  const jobs = [{ name: "j", hosts: "h1", command }];
  const flow = ground.site.flow({ name: "secret", params: { token: { type: "secret" } }, slots: [{ jobs }] });
  const first = await ground.run([flow, "--output", "ndjson", "--secret-file", `token=${token}`]);
  expect(first.code, first.stderr).toBe(1);
  const [{ run } = { run: "" }] = eventsOf(first.stdout);
  expect(first.stdout).toMatch(/"exitCode":1[,}]/);
  const without = await ground.run(["resume", run, "--retry", "failed", "--detach"]);
  expect(without).toMatchObject({ code: 2, stdout: "" });
  expect(without.stderr).toContain("--secret-file token=PATH");
  writeFileSync(`${token}.well`, "");
  const resumed = await ground.run([
    ...["resume", run, "--retry", "failed", "--detach", "--secret-file", `token=${token}`],
  ]);
  expect(resumed, resumed.stderr).toMatchObject({ code: 0, stdout: `${run}\n` });
  expect(await ground.kit.ended(run)).toBe("succeeded");
  rmSync(token);
  const found = await startChild(findProgram("grep"), ["-ra", SECRET, ground.kit.home.path]).exited;
  expect(found.code).toBe(1);
  expect(first.stdout + ground.kit.program.output()).not.toContain(SECRET);
});

it("status tells how the coordinator and its own stand, and asks the job servers that are named", async () => {
  const status = await ground.run(["status"]);
  expect(status.stdout).toMatch(
    new RegExp(
      `^coordinator ${ground.address}: version \\S+, carries 0 runs, store sqlite\nits job servers and workers:\n` +
        `${ground.site.gearmand.server}: version \\S+\n  function +queued .*\n(?:  rr-.*\n)+\n` +
        `worker +pool +places busy .*\n\\S+ +\\(default\\) +0 of \\d+ .* running .*\n$`,
    ),
  );
  expect(status.code).toBe(0);
  const json = await ground.run([
    "status",
    "--json",
    "--servers",
    ground.site.gearmand.server,
    ...ground.sealed,
  ]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    coordinator: {
      ...{ address: ground.address, ok: true, store: "sqlite" },
      fleet: { servers: [{ server: ground.site.gearmand.server }], workers: [{ state: "running" }] },
    },
    servers: [{ server: ground.site.gearmand.server }],
    workers: [{ state: "running" }],
  });
});

it("plan asks the coordinator who serves what, unless job servers are named", async () => {
  const server = ground.site.gearmand.server;
  const flow = ground.flow("planned", "true");
  const env = { RR_SERVERS: "nowhere:1" };
  const served = await ground.run(["plan", flow], env);
  expect(served.stdout).toMatch(new RegExp(`^rr-run: served by 1 worker on ${server}$`, "m"));
  const unserved = await ground.run(["plan", ground.flow("unserved", "true", { pool: "none" })], env);
  expect(unserved.stdout).toMatch(
    new RegExp(
      `^rr-run.none: no worker serves it on ${server}; start one: rr-worker --servers ${server} --pool none$`,
      "m",
    ),
  );
  const json = await ground.run(["plan", flow, "--json"], env);
  expect(JSON.parse(json.stdout)).toMatchObject({ serving: [{ function: "rr-run", server, workers: 1 }] });
  const named = await ground.run(["plan", flow, "--servers", "127.0.0.1:1"]);
  expect(named.stdout).toContain("rr-run: cannot tell whether a worker serves it: 127.0.0.1:1:");
  const away = await ground.run(["plan", flow], { RR_COORDINATOR: "unix:/nowhere/c.sock" });
  expect(away.code).toBe(0);
  expect(away.stdout).toContain(
    "rr-run: cannot tell whether a worker serves it: no coordinator on unix:/nowhere/c.sock",
  );
});

it("attach waits for a run that has not begun, and tells why", async () => {
  const pool = "nobody-serves-it";
  const flow = ground.flow("patient", "true", { pool }, "h1");
  const { stdout } = await ground.run([flow, "--detach", "--wait-for-workers", "1h"]);
  const attached = ground.begin(["attach", stdout.trim()]);
  await attached.waitFor("has not begun yet");
  ground.site.addWorker(["--pool", pool]);
  const { code } = await within("the run to end", attached.exited);
  expect(code, attached.output()).toBe(0);
});

describe("what makes no sense with a coordinator", () => {
  it.each([
    [["--local", "--servers", "a:1"], "--local and a coordinator exclude each other"],
    [["--here", "--coordinator", "unix:/c"], "--here and --coordinator exclude each other"],
    [["--coordinator", "http://box"], "http:// is for this box alone"],
    [["--coordinator-ca", "ca.pem"], "--coordinator-ca needs a coordinator that is reached by TLS"],
    [["--coordinator", "https://box"], "there is no key to log in with"],
  ])("%j is refused", async (args, why) => {
    const refused = await ground.run([ground.flow("refused", "true"), ...args]);
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(why) as string });
  });

  it("stands in the environment for other commands", async () => {
    const env = { RR_LOCAL: "1", RR_SERVERS: "nowhere:1", RR_SIGN_KEY: "/nowhere" };
    expect(await ground.run([ground.flow("beside", "true")], env)).toMatchObject({ code: 0 });
  });
});

it.each([["attach", "last"], ["status"], ["flow"]])(
  "where no coordinator is, %j says where, and what to do",
  async (...words) => {
    const args = words[0] === "flow" ? [ground.flow("nowhere", "true")] : words;
    const { code, stderr, stdout } = await ground.run(args, { RR_COORDINATOR: "unix:/nowhere/c.sock" });
    expect(code).toBe(3);
    expect(stderr + stdout).toContain("no coordinator on unix:/nowhere/c.sock: there is no such socket");
    expect(stderr + stdout).toContain(
      "Start one: rr-coordinator --servers HOST:PORT --listen unix:/nowhere/c.sock",
    );
  },
);
