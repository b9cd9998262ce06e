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
  site = await Site.start({
    ...{ hosts: [...names("h", 4), "lb1", "lb2"], workers: 1, concurrency: 20 },
  });
  site.addWorker(["--pool", "lbs"]);
  await until("its worker", async () => (await site.gearmand.status("rr-run.lbs")).workers === 1);
});
afterAll(() => site.stop());
beforeEach(() => {
  home = makeTempDir("at-home");
  writeFileSync(join(home.path, "inventory.yaml"), INVENTORY);
  return () => home.remove();
});

const INVENTORY = `hosts:
  "h[1-3]": { labels: { lb: lb1 } }
  h4: { labels: { lb: lb2 } }
  "lb[1-2]": { pool: lbs, env: { KIND: balancer } }
`;

/** Each writes down, on the host where it runs, whose way it is, and whether somebody else is there at the time. */
const note = (file: string, work = "sleep 0.1"): string =>
  `${ownFolder}; me="$RR_HOST \${RR_TARGET:--} $RR_STAGE.$RR_ATTEMPT \${KIND:--}"
   echo "$me" >> $d/${file}
   if [ -n "$RR_TARGET" ]; then mkdir $d/${file}.busy || echo "$me busy" >> $d/${file}; fi
   ${work}; c=$?; rmdir $d/${file}.busy 2>/dev/null; exit $c`;

const flow = (
  file: string,
  {
    at = { label: "lb" },
    install = "sleep 0.1",
    hosts = "h[1-4]",
    drain = "sleep 0.1",
  }: { at?: unknown; install?: string; hosts?: string; drain?: string } = {},
) => ({
  name: file,
  slots: [
    {
      jobs: [
        {
          ...{ name: "upgrade", hosts, success: "0%" },
          stages: [
            { name: "drain", at, command: note(file, drain) },
            { name: "install", command: note(file, install) },
            { name: "well", at, check: 'test "$RR_TARGET" != none', every: "1s" },
            { name: "undrain", at, command: note(file) },
          ],
        },
      ],
    },
  ],
});

const args = () => ["--inventory", join(home.path, "inventory.yaml"), "--output", "plain"];
const submit = (flow: object, ...more: string[]) =>
  site.submit(flow, [...args(), ...more], { home: home.path });

function journal(): readonly RunEvent[] {
  const folder = join(home.path, "state", "roadrunner", "runs");
  const [name = ""] = readdirSync(folder);
  return eventsOf(readFileSync(join(folder, name), "utf8"));
}

/** What was done for a host, and where. */
function done(file: string, target: string): string[] {
  const own = site.lines(file).map((line) => line.split(" "));
  return own
    .filter(([host, whose]) => whose === target || (whose === "-" && host === target))
    .map(([host, , stage]) => `${stage} ${host}`)
    .toSorted();
}

describe("stages at other hosts", () => {
  it("run there one at a time, by its own pool and settings, with the host whose way it is as RR_TARGET", async () => {
    const { code, stdout, stderr } = await submit(flow("plain"));
    expect(code, stdout + stderr).toBe(0);
    for (const host of names("h", 4)) {
      const lb = Number(host.slice(1)) > 3 ? "lb2" : "lb1";
      expect(done("plain", host)).toEqual([`drain.1 ${lb}`, `install.1 ${host}`, `undrain.1 ${lb}`]);
    }
    expect(site.lines("plain").filter((line) => line.endsWith("busy"))).toEqual([]);
    expect(
      site
        .lines("plain")
        .filter((line) => line.startsWith("lb"))
        .every((line) => line.endsWith(" balancer")),
    ).toBe(true);
    expect(stdout).toMatch(/upgrade drain at lb1 ok for h/);
    const started = journal().filter((event) => event.type === "task.started" && event.stage === "drain");
    expect(started.map((event) => ("at" in event ? event.at : undefined))).toEqual(
      expect.arrayContaining(["lb1", "lb2"]),
    );
  });

  it("go on after rr-submit was killed: each once, and never two at a time", async () => {
    const submitting = site.startSubmit(flow("left", { at: ["lb1", "lb2"] }), args(), { home: home.path });
    await until(
      "three to have run at lb2",
      () => site.lines("left").filter((line) => line.startsWith("lb2")).length >= 3,
    );
    await submitting.kill();
    const { code, stdout, stderr } = await runSubmit(["resume", "last", "--servers", site.gearmand.server], {
      home: home.path,
    });
    expect(code, stdout + stderr).toBe(0);
    for (const host of names("h", 4))
      expect(done("left", host)).toEqual([
        ...["drain.1 lb1", "drain.1 lb2", `install.1 ${host}`, "undrain.1 lb1", "undrain.1 lb2"],
      ]);
    expect(site.lines("left").filter((line) => line.endsWith("busy"))).toEqual([]);
  });

  it("are gone to their end after the first Ctrl-C, and blamed by the name of where they ran", async () => {
    const submitting = site.startSubmit(
      flow("stopped", { drain: "sleep 1", install: "test $RR_HOST != h2" }),
      args(),
      { home: home.path },
    );
    await until("one to be half-way", () => site.lines("stopped").some((line) => line.includes("install")));
    submitting.signal("SIGINT");
    expect((await within("rr-submit to end", submitting.exited)).code, submitting.output()).toBe(130);
    const set = names("h", 4).filter((host) => done("stopped", host).length > 0);
    expect(set.length).toBeLessThan(4);
    for (const host of set) expect(done("stopped", host)).toHaveLength(host === "h2" ? 2 : 3);
  });

  it("name the host at which they could not run", async () => {
    const gone = flow("gone", { hosts: "h1", at: "nowhere.invalid" });
    const { code, stdout } = await submit(gone, "--yes");
    expect(code).toBe(0);
    expect(stdout).toMatch(/upgrade drain h1 at nowhere\.invalid unreachable: /);
    expect(stdout).toMatch(/h1 unreachable: drain at nowhere\.invalid: /);
    expect(journal().find((event) => "decidedBy" in event)).toMatchObject({
      decidedBy: "drain",
      at: "nowhere.invalid",
    });
  });
});
