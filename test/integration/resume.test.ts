import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startSubmit } from "../support/processes.ts";
import { eventsOf, names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

let site: Site;
let home: TempDir;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", 40), workers: 2, concurrency: 8 });
});
afterAll(async () => {
  await site.stop();
});
beforeEach(() => {
  home = makeTempDir("resume-home");
  return () => home.remove();
});

const count = (file: string): string => `${ownFolder}; echo "$RR_JOB $RR_HOST $RR_ATTEMPT" >> $d/${file}`;
const flow = (file: string, command = `${count(file)}; sleep 0.3`) => ({
  name: file,
  slots: [
    { jobs: [{ name: "one", hosts: "h[1-40]", command, parallelism: 10 }] },
    { jobs: [{ name: "two", hosts: "h[1-5]", command: count(file) }] },
  ],
});

const servers = (): string[] => ["--servers", site.gearmand.server];
const resume = (...args: string[]) =>
  runSubmit(["resume", "last", ...servers(), ...args], { home: home.path });

function journalEvents() {
  const folder = join(home.path, "state", "roadrunner", "runs");
  const [name] = readdirSync(folder);
  return eventsOf(readFileSync(join(folder, name ?? ""), "utf8"));
}

describe("resume", () => {
  it("never has two hosts of a rack at once, also of those that ran when rr-submit was killed", async () => {
    const racks = names("r", 8).map((rack, index) => [
      `h[${5 * index + 1}-${5 * index + 5}]`,
      { labels: { rack } },
    ]);
    const inventory = join(home.path, "inventory.json");
    writeFileSync(inventory, JSON.stringify({ hosts: Object.fromEntries(racks) }));
    const times = `${ownFolder}; s=$(date +%s%N); sleep 0.3; echo "$RR_HOST $s $(date +%s%N)" >> $d/spread`;
    const jobs = [{ name: "one", hosts: "h[1-40]", command: times, spread: { rack: 1 } }];
    const submit = site.startSubmit({ slots: [{ jobs }] }, ["--inventory", inventory], { home: home.path });
    await until("ten commands to have run", () => site.lines("spread").length >= 10);
    await submit.kill();
    const { code, stdout, stderr } = await resume();
    expect(code, stdout + stderr).toBe(0);
    const byRack = new Map<number, [number, number][]>();
    for (const line of site.lines("spread")) {
      const [host = "", start, end] = line.split(" ");
      const rack = Math.ceil(Number(host.slice(1)) / 5);
      byRack.set(rack, [...(byRack.get(rack) ?? []), [Number(start), Number(end)]]);
    }
    expect([...byRack.values()].map((times) => times.length)).toEqual(Array(8).fill(5));
    for (const [rack, times] of byRack) {
      const inOrder = times.toSorted(([a], [b]) => a - b);
      const early = inOrder.filter(([start], index) => start < (inOrder[index - 1]?.[1] ?? 0));
      expect(early, `rack ${rack}`).toEqual([]);
    }
  });

  it("goes on after kill -9 of rr-submit: every command once, every task one outcome", async () => {
    const submit = site.startSubmit(flow("killed"), [], { home: home.path });
    await until("ten commands to have started", () => site.lines("killed").length >= 10);
    await submit.kill();
    const { code, stdout, stderr } = await resume();
    expect(code, stdout + stderr).toBe(0);
    expect(site.lines("killed").sort()).toEqual(
      [
        ...names("h", 40).map((host) => `one ${host} 1`),
        ...names("h", 5).map((host) => `two ${host} 1`),
      ].sort(),
    );
    expect(outcomes(journalEvents()).size).toBe(45);
    expect(await resume()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has succeeded") as string,
    });
  });

  it("takes a host that cannot be reached just then for one that may have run its command", async () => {
    const one = await Site.start({ hosts: ["h1"], workers: 1 });
    onTestFinished(() => one.stop());
    const submit = one.startSubmit(
      {
        name: "out-of-reach",
        slots: [{ jobs: [{ name: "one", hosts: "h1", command: `${count("reach")}; sleep 1`, retries: 2 }] }],
        defaults: { retryDelay: "100ms" },
      },
      [],
      { home: home.path },
    );
    await until("the command to have started", () => one.lines("reach").length === 1);
    await submit.kill();
    await one.workers[0]?.kill();
    const knowsNobody = join(home.path, "known_hosts");
    writeFileSync(knowsNobody, "");
    const lost = one.addWorker(["--known-hosts", knowsNobody]);
    const resumed = startSubmit(["resume", "last", "--servers", one.gearmand.server, "--output", "ndjson"], {
      home: home.path,
    });
    await until("a word that it cannot be reached", () => resumed.stdout().includes('"task.lost"'), {
      lastSeen: () => resumed.output() + lost.output(),
    });
    one.addWorker();
    await lost.kill();
    expect((await within("rr-submit to end", resumed.exited)).code, resumed.output()).toBe(0);
    expect(one.lines("reach")).toEqual(["one h1 1"]);
    expect(outcomes(journalEvents())).toEqual(new Map([["one h1", "ok"]]));
  });

  it("goes on after Ctrl-C where the stop left hosts out", async () => {
    const submit = site.startSubmit(flow("stopped"), [], { home: home.path });
    await until("five commands to have started", () => site.lines("stopped").length >= 5);
    submit.signal("SIGINT");
    expect((await within("rr-submit to stop", submit.exited)).code).toBe(130);
    expect(site.lines("stopped").length).toBeLessThan(40);
    const { code, stdout } = await resume();
    expect(code).toBe(0);
    expect(stdout).toMatch(/run \d{8}-\d{6}-\w+ \(stopped\) resumed: 0 of 2 slots ended/);
    expect(stdout).toContain("slot 2 of 2 started");
    expect(stdout).toContain("one succeeded: 40 of 40 ok");
    expect(site.lines("stopped")).toHaveLength(45);
    expect(new Set(site.lines("stopped")).size).toBe(45);
  });

  it("goes on after Ctrl-C where finally failed, though the verdict is failed", async () => {
    const mended = join(site.sshd.workDir, "mended");
    const slots = flow("swept").slots;
    const last = [{ jobs: [{ name: "sweep", hosts: "h1", command: "[ -e $RR_TEST_DIR/mended ]" }] }];
    const submit = site.startSubmit({ name: "swept", slots, finally: last }, [], { home: home.path });
    await until("five commands to have started", () => site.lines("swept").length >= 5);
    submit.signal("SIGINT");
    expect((await within("rr-submit to stop", submit.exited)).code).toBe(1);
    expect(site.lines("swept").length).toBeLessThan(40);
    writeFileSync(mended, "");
    const { code, stdout, stderr } = await resume();
    rmSync(mended);
    expect(code, stdout + stderr).toBe(0);
    expect(new Set(site.lines("swept")).size).toBe(45);
    expect(site.lines("swept")).toHaveLength(45);
    const runs = await runSubmit(["runs"], { home: home.path });
    expect(runs.stdout).toMatch(/succeeded .* 46 ok$/m);
    const report = await runSubmit(["report", "last", "--json"], { home: home.path });
    expect(JSON.parse(report.stdout)).toMatchObject({ verdict: "succeeded" });
    expect(report.stdout).not.toContain('"outcome": "skipped"');
  });

  it("takes failed hosts again as new attempts, and only those", async () => {
    const command = `${count("retried")}; [ $RR_HOST = h7 ] && [ ! -e $RR_TEST_DIR/mended ] && exit 5; true`;
    const first = await site.submit(flow("retried", command), [], { home: home.path });
    expect(first.code).toBe(1);
    const refused = await resume();
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--retry failed") as string });
    writeFileSync(join(site.sshd.workDir, "mended"), "");
    expect((await resume("--retry", "failed")).code).toBe(0);
    rmSync(join(site.sshd.workDir, "mended"));
    const ran = site.lines("retried");
    expect(ran.filter((line) => line.includes(" h7 ")).sort()).toEqual(["one h7 1", "one h7 2"]);
    expect(new Set(ran).size).toBe(ran.length);
    expect(ran.filter((line) => line.startsWith("two"))).toHaveLength(5);
  });

  it("waits to be confirmed where nobody can be asked, and goes on with --confirm", async () => {
    const asking = { ...flow("asked", count("asked")) };
    const slots = asking.slots.map((slot, index) =>
      index === 1 ? { ...slot, confirm: "Go on with two?" } : slot,
    );
    const first = await site.submit({ ...asking, slots }, [], { home: home.path });
    expect(first.code, first.stderr).toBe(3);
    expect(first.stdout).toContain("Go on with two?");
    expect(first.stderr).toMatch(/rr-submit resume \d{8}-\S+ --confirm$/m);
    expect(site.lines("asked")).toHaveLength(40);
    expect((await resume("--confirm")).code).toBe(0);
    expect(site.lines("asked")).toHaveLength(45);
  });
});

describe("a run that never began", () => {
  it.each([
    ["--follow", "h99", "no job runs on h99"],
    ["--output-dir", "/", "is not empty"],
  ])("because of %s %s leaves no journal", async (option, value, why) => {
    const { code, stderr } = await site.submit(flow("none"), [option, value], { home: home.path });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(why) as string });
    expect((await runSubmit(["runs"], { home: home.path })).stdout).toMatch(/^no runs in/);
  });
});

describe("one at a time", () => {
  it("refuses a second rr-submit for a run and for a flow of that name; attach and runs show it", async () => {
    const submit = site.startSubmit(
      flow("busy", `${count("busy")}; until [ -e $RR_TEST_DIR/go-on ]; do sleep 0.1; done`),
      [],
      { home: home.path },
    );
    await until("a command to have started", () => site.lines("busy").length >= 1);
    expect(await resume()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/rr-submit attach \S+ shows it/) as string,
    });
    const again = await site.submit(flow("busy"), [], { home: home.path });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("--concurrent") as string });
    const runs = await runSubmit(["runs"], { home: home.path });
    expect(runs.stdout).toMatch(/busy\s+running/);
    writeFileSync(join(site.sshd.workDir, "go-on"), "");
    const attached = startSubmit(["attach", "last"], { home: home.path });
    expect((await within("rr-submit to end", submit.exited, 60_000)).code).toBe(0);
    expect((await within("attach to end", attached.exited)).code).toBe(0);
    expect(attached.stdout()).toContain("busy) succeeded");
  });
});
