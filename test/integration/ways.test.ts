import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "@roadrunner/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { eventsOf, names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";

failOnLeftovers();

let site: Site;
let home: TempDir;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", 8), workers: 2, concurrency: 8 });
});
afterAll(() => site.stop());
beforeEach(() => {
  home = makeTempDir("ways-home");
  return () => home.remove();
});

/** Each stage writes down where, when and as which attempt it ran. */
const note = (file: string): string => `${ownFolder}; echo "$RR_HOST $RR_STAGE.$RR_ATTEMPT" >> $d/${file}`;
const way = (file: string, install = "sleep 0.3", fields: object = {}) => ({
  name: file,
  slots: [
    {
      jobs: [
        {
          name: "upgrade",
          hosts: "h[1-8]",
          parallelism: 4,
          success: "0%",
          ...fields,
          stages: [
            { name: "drain", command: note(file) },
            { name: "install", command: `${note(file)}; ${install}` },
            { name: "undrain", command: note(file) },
            { name: "report", command: note(file), always: true },
          ],
        },
      ],
    },
  ],
});

/** What each host went through, in its order. */
function wentThrough(file: string): Map<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of site.lines(file)) {
    const [host = "", stage = ""] = line.split(" ");
    hosts.set(host, [...(hosts.get(host) ?? []), stage]);
  }
  return hosts;
}

function journal(): readonly RunEvent[] {
  const folder = join(home.path, "state", "roadrunner", "runs");
  const [name = ""] = readdirSync(folder);
  return eventsOf(readFileSync(join(folder, name), "utf8"));
}

/** Outcomes of the hosts, not of their stages. */
function hostOutcomes(): ReadonlyMap<string, string> {
  const ends = journal().filter((event) => event.type === "task.ended" && event.stage === undefined);
  return new Map(ends.flatMap((end) => (end.type === "task.ended" ? [[end.host, end.outcome]] : [])));
}

const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
const WHOLE = ["drain.1", "install.1", "undrain.1", "report.1"];
const resume = (...args: string[]) =>
  runSubmit(["resume", "last", "--servers", site.gearmand.server, ...args], { home: home.path });

describe("hosts that go a way of stages", () => {
  it("go it one stage after the other, and a host that fails goes on with what runs always alone", async () => {
    const flow = way("plain", "test $RR_HOST != h3 || { echo no disk >&2; exit 7; }");
    const { code, stdout } = await site.submit(flow, ["--output", "plain"], { home: home.path });
    expect(code, stdout).toBe(0);
    const went = wentThrough("plain");
    for (const host of names("h", 8))
      expect([host, went.get(host)]).toEqual([
        host,
        host === "h3" ? ["drain.1", "install.1", "report.1"] : WHOLE,
      ]);
    expect(journal().find((event) => "decidedBy" in event)).toMatchObject({
      host: "h3",
      outcome: "failed",
      reason: "install: exit code 7",
      decidedBy: "install",
    });
    expect(stdout).toMatch(/upgrade install h3 failed: exit code 7/);
    expect(stdout).toMatch(/h3 failed: install: exit code 7\n +\| no disk/);
    const report = await runSubmit(["report", "last", "--json"], { home: home.path });
    const { slots } = JSON.parse(report.stdout) as {
      slots: { jobs: { tasks: { host: string; stages: { stage: string; outcome: string }[] }[] }[] }[];
    };
    const h3 = slots[0]?.jobs[0]?.tasks.find(({ host }) => host === "h3");
    expect(h3?.stages.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
      "drain ok",
      "install failed",
      "report ok",
    ]);
  });

  it("go it to its end after the first Ctrl-C, and a resume sends out the others", async () => {
    const submit = site.startSubmit(way("stopped", "sleep 1"), [], { home: home.path });
    await until(
      "four hosts to be half-way",
      () => site.lines("stopped").filter((line) => line.includes("install")).length >= 4,
    );
    submit.signal("SIGINT");
    expect((await within("rr-submit to end", submit.exited)).code).toBe(130);
    const set = [...wentThrough("stopped").values()];
    expect(set.length).toBeLessThan(8);
    expect(set.filter((stages) => stages.join() !== WHOLE.join())).toEqual([]);
    const { code, stdout, stderr } = await resume();
    expect(code, stdout + stderr).toBe(0);
    expect([...wentThrough("stopped").values()]).toEqual(times(8, WHOLE));
  });

  it("are cut by the second Ctrl-C, after which only what runs always does", async () => {
    const submit = site.startSubmit(way("killed", "sleep 60"), [], { home: home.path });
    await until(
      "four hosts to be half-way",
      () => site.lines("killed").filter((line) => line.includes("install")).length === 4,
    );
    submit.signal("SIGINT");
    await submit.waitFor("again: kill what runs");
    await until("one that is too soon to be told, and then one that is counted", () => {
      submit.signal("SIGINT");
      return submit.output().includes("killing what runs");
    });
    expect((await within("rr-submit to end", submit.exited)).code, submit.output()).toBe(130);
    expect([...wentThrough("killed").values()]).toEqual(times(4, ["drain.1", "install.1", "report.1"]));
    expect([...hostOutcomes().values()].toSorted()).toEqual([
      ...Array<string>(4).fill("cancelled"),
      ...Array<string>(4).fill("skipped"),
    ]);
  });

  it("do not go it where they are asked first and it is not needed: a resume asks nobody twice", async () => {
    const unless = `${note("asked-first")}; test $RR_HOST = h1 || test $RR_HOST = h2`;
    // The host that fails waits until all others have set out: what fails leaves nobody unasked.
    const others = "$(cat $RR_TEST_DIR/*/asked | grep -v h3 | grep -c drain.1)";
    const install = `test $RR_HOST != h3 || { until test ${others} -ge 5; do sleep 0.1; done; exit 1; }`;
    const flow = way("asked", install, { unless, success: "100%", parallelism: 8 });
    const first = await site.submit(flow, ["--output", "plain"], { home: home.path });
    expect(first.code, first.stdout).toBe(1);
    expect(first.stdout).toMatch(/upgrade unless ok, not changed, on h/);
    const { code, stdout, stderr } = await resume("--retry", "failed", "--output", "plain");
    expect(code, stdout + stderr).toBe(1);
    const went = wentThrough("asked");
    expect([went.get("h1"), went.get("h2"), went.get("h4")]).toEqual([undefined, undefined, WHOLE]);
    expect(went.get("h3")).toEqual(["drain.1", "install.1", "report.1", "drain.2", "install.2", "report.2"]);
    const asked = wentThrough("asked-first");
    expect([asked.get("h1"), asked.get("h3"), asked.get("h4")]).toEqual([
      ["unless.1"],
      ["unless.1", "unless.2"],
      ["unless.1"],
    ]);
    expect(stdout).toMatch(/upgrade failed: 7 of 8 ok, needed 8, 1 failed, 6 changed/);
    const file = join(home.path, "asked.json");
    writeFileSync(file, JSON.stringify(flow));
    const plan = await runSubmit(["plan", file, "--ask-hosts", "--servers", site.gearmand.server], {
      home: home.path,
    });
    expect(plan.stdout).toMatch(/would run on 6 hosts: h\[3-8\]\n +not needed on 2 hosts: h\[1-2\]/);
  });

  it("wait until they are well, and not for longer than they may", async () => {
    const well = `${ownFolder}; date +%s >> $d/asked; test $RR_HOST != h2 && test $(wc -l < $d/asked) -ge 3`;
    const jobs = [
      {
        ...{ name: "upgrade", hosts: "h[1-2]", success: "0%" },
        stages: [
          { name: "install", command: note("checked") },
          { name: "healthy", check: well, every: "200ms", stable: "300ms", within: "4s" },
          { name: "undrain", command: note("checked") },
        ],
      },
    ];
    const { code, stdout } = await site.submit({ slots: [{ jobs }] }, ["--output", "plain"], {
      home: home.path,
    });
    expect(code, stdout).toBe(0);
    expect(wentThrough("checked")).toEqual(
      new Map([
        ["h1", ["install.1", "undrain.1"]],
        ["h2", ["install.1"]],
      ]),
    );
    // Three to be well, and again until it was so for long enough.
    expect(site.lines("asked").length).toBeGreaterThan(4);
    expect(stdout).toMatch(/upgrade healthy h2 failed: not healthy within 4s: exit code 1/);
  });

  it("go on where they were when rr-submit was killed: each stage once", async () => {
    const submit = site.startSubmit(way("left", "sleep 0.5"), [], { home: home.path });
    await until(
      "two hosts to be half-way",
      () => site.lines("left").filter((line) => line.includes("install")).length >= 2,
    );
    await submit.kill();
    const { code, stdout, stderr } = await resume();
    expect(code, stdout + stderr).toBe(0);
    expect([...wentThrough("left").values()]).toEqual(times(8, WHOLE));
    expect([...hostOutcomes().values()]).toEqual(Array(8).fill("ok"));
    // How long one took is told where it was seen, and how long its record was asked nowhere.
    const shorter = journal().filter(
      (event) =>
        event.type === "task.ended" && event.stage === "install" && (event.durationMs ?? Infinity) < 450,
    );
    expect(shorter).toEqual([]);
  });

  it("begin anew where they are taken again", async () => {
    const install = 'test "$RR_HOST.$RR_ATTEMPT" != h2.1';
    const flow = way("again", install, { success: "100%", parallelism: 8 });
    expect((await site.submit(flow, [], { home: home.path })).code).toBe(1);
    const { code, stdout, stderr } = await resume("--retry", "failed");
    expect(code, stdout + stderr).toBe(0);
    const went = wentThrough("again");
    expect(went.get("h2")).toEqual([
      ...["drain.1", "install.1", "report.1"],
      ...["drain.2", "install.2", "undrain.1", "report.2"],
    ]);
    went.delete("h2");
    expect([...went.values()]).toEqual(times(7, WHOLE));
  });
});
