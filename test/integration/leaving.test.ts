import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { eventsOf, names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

let site: Site;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", 30), workers: 2, concurrency: 5 });
});
beforeEach(async () => {
  const { workDir } = site.sshd;
  for (const host of readdirSync(workDir)) rmSync(join(workDir, host), { recursive: true });
  await site.replaceEnded();
});
afterAll(async () => {
  await site.stop();
});

const job = (command: string) => ({
  name: "leaving",
  slots: [{ jobs: [{ name: "work", hosts: "h[1-30]", command, parallelism: 10 }] }],
});

const sleeping = () => site.sshd.running().some((process) => /sleep 600/.test(process.commandLine));

describe("leaving", () => {
  it("a worker that gets SIGTERM finishes what it runs; nothing is lost", async () => {
    const submit = site.startSubmit(job(`${ownFolder}; echo x >> $d/started; sleep 0.5`), [
      "--output",
      "ndjson",
    ]);
    await until("five commands to have started", () => site.lines("started").length >= 5);
    const [worker] = site.workers;
    worker?.signal("SIGTERM");
    expect(
      (await within("the worker to leave", worker?.exited ?? Promise.reject(new Error("no worker")))).code,
    ).toBe(0);
    const { code } = await within("rr-submit to end", submit.exited, 60_000);
    expect(code, submit.output().slice(-2000)).toBe(0);
    expect(new Set(outcomes(eventsOf(submit.stdout())).values())).toEqual(new Set(["ok"]));
    expect(site.lines("started")).toHaveLength(30);
  });

  it("a worker that gets SIGTERM twice lets go of what runs; another one learns how it ended", async () => {
    const command = `${ownFolder}; echo x >> $d/started; sleep 3; echo x >> $d/done`;
    const submit = site.startSubmit(job(command), ["--output", "ndjson"]);
    await until("five commands to have started", () => site.lines("started").length >= 5);
    const [worker] = site.workers;
    worker?.signal("SIGTERM");
    await worker?.waitFor("draining");
    worker?.signal("SIGTERM");
    expect(
      (await within("the worker to leave", worker?.exited ?? Promise.reject(new Error("no worker")))).code,
    ).toBe(0);
    const { code } = await within("rr-submit to end", submit.exited, 90_000);
    expect(code, submit.output().slice(-2000)).toBe(0);
    expect(site.lines("started")).toHaveLength(30);
    expect(site.lines("done")).toHaveLength(30);
  });

  it("a worker that gets SIGTERM twice kills attached commands, which end with it", async () => {
    const submit = site.startSubmit(
      {
        name: "leaving",
        defaults: { delivery: "repeatable" },
        slots: [{ jobs: [{ name: "work", hosts: "h1", command: "sleep 600" }] }],
      },
      ["--output", "ndjson"],
    );
    await until("the command to have started", () => sleeping());
    site.workers.forEach((worker) => worker.signal("SIGTERM"));
    await Promise.all(site.workers.map((worker) => worker.waitFor("draining")));
    expect(sleeping()).toBe(true);
    site.workers.forEach((worker) => worker.signal("SIGTERM"));
    await within("the workers to leave", Promise.all(site.workers.map((worker) => worker.exited)));
    expect(sleeping()).toBe(false);
    await submit.kill();
  });

  it("Ctrl-C: nothing new starts, what runs is finished, exit 130", async () => {
    const submit = site.startSubmit(job(`${ownFolder}; echo x >> $d/started; sleep 1; echo x >> $d/done`), [
      "--output",
      "ndjson",
    ]);
    await until("five commands to have started", () => site.lines("started").length >= 5);
    submit.signal("SIGINT");
    const { code } = await within("rr-submit to end", submit.exited, 60_000);
    expect(code, submit.output().slice(-2000)).toBe(130);
    const ended = [...outcomes(eventsOf(submit.stdout())).values()];
    expect(ended).toHaveLength(30);
    const started = site.lines("started").length;
    expect(started).toBeLessThan(30);
    expect(site.lines("done")).toHaveLength(started);
    expect(ended.filter((outcome) => outcome === "ok")).toHaveLength(started);
    expect(ended.filter((outcome) => outcome === "skipped")).toHaveLength(30 - started);
  });

  it("Ctrl-C twice: what runs is killed on its hosts", async () => {
    const submit = site.startSubmit(job(`${ownFolder}; echo $$ >> $d/started; sleep 600`), [
      "--output",
      "ndjson",
    ]);
    await until("ten commands to have started", () => site.lines("started").length >= 10);
    submit.signal("SIGINT");
    await submit.waitFor("again: kill what runs");
    await until("one that is too soon to be told, and then one that is counted", () => {
      submit.signal("SIGINT");
      return submit.output().includes("killing what runs");
    });
    const { code } = await within("rr-submit to end", submit.exited, 60_000);
    expect(code, submit.output().slice(-2000)).toBe(130);
    expect(submit.stderr()).toContain("does nothing; press again to kill what runs on its hosts");
    expect(submit.stderr()).toMatch(
      /stopped by Ctrl-C: 0 ok, \d+ cancelled, \d+ never started\. Go on: rr-submit resume \d{8}-/,
    );
    expect(new Set(outcomes(eventsOf(submit.stdout())).values())).toEqual(new Set(["cancelled", "skipped"]));
    await until("no command to be left", () =>
      site.sshd.running().every((process) => !/sleep/.test(process.commandLine)),
    );
  });

  it("rr-submit stop from elsewhere does what Ctrl-C does, and twice what Ctrl-C twice does", async () => {
    const temp = makeTempDir("stop");
    const home = { home: temp.path };
    try {
      const command = `${ownFolder}; echo $$ >> $d/started; sleep 600`;
      const submit = site.startSubmit(job(command), ["--output", "plain"], home);
      await until("ten commands to have started", () => site.lines("started").length >= 10);
      const first = await runSubmit(["stop", "last"], home);
      expect(first).toMatchObject({ code: 0 });
      expect(first.stderr).toMatch(/^run \d{8}-\S+: stopping: nothing new starts; what runs is finished/);
      await submit.waitFor("rr-submit stop: stopping: nothing new starts");
      await until("one that is too soon to be told, and then one that is counted", async () => {
        const { code, stderr } = await runSubmit(["stop", "last"], home);
        expect(code).toBe(0);
        return stderr.includes("killing what runs on its hosts");
      });
      const { code } = await within("rr-submit to end", submit.exited, 60_000);
      expect(code, submit.output().slice(-2000)).toBe(130);
      expect(submit.stderr()).toContain("stopped by rr-submit stop");
      const late = await runSubmit(["stop", "last"], home);
      expect(late).toMatchObject({ code: 2 });
      expect(late.stderr).toMatch(/no rr-submit on this box carries run \S+; it has ended: rr-submit report/);
    } finally {
      temp.remove();
    }
  });
});
