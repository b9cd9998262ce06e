import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startSubmit, type ProcessOptions } from "../support/processes.ts";
import { eventsOf, names, outcomes, Site } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

let site: Site;
let temp: TempDir;
beforeAll(async () => {
  site = await Site.start({ hosts: [...names("db", 4), "fe1", "fe2"], workers: 1 });
  temp = makeTempDir("one-line");
  forget(["fe1", "fe2"]);
});
afterAll(async () => {
  await site.stop();
  temp.remove();
});

/** Makes the keys of these hosts unknown. */
function forget(hosts: readonly string[]): void {
  const file = join(dirname(site.sshd.sshConfigFile), "known_hosts");
  const lines = readFileSync(file, "utf8").split("\n");
  const names = (line: string): readonly string[] => (line.split(" ")[0] ?? "").split(",");
  const own = (line: string) =>
    hosts.some((host) => names(line).some((name) => name === host || name.startsWith(`[${host}]`)));
  expect(lines.filter(own)).toHaveLength(hosts.length);
  writeFileSync(file, lines.filter((line) => !own(line)).join("\n"));
}

async function rr(args: readonly string[], options: ProcessOptions = {}) {
  return runSubmit(args, { ...options, env: { RR_SERVERS: site.gearmand.server, ...options.env } });
}

describe("rr-submit run", () => {
  it("runs one command on its hosts, and shows what they wrote together", async () => {
    const { code, stdout, stderr } = await rr(["run", "db[1-3]", "--", "echo", "a  b", "$HOME"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const [title, line, empty, job, last] = stdout.split("\n");
    expect([title, line, empty]).toEqual(["db[1-3] (3) ok", "  | a  b $HOME", ""]);
    expect(job).toBe("run succeeded: 3 of 3 ok, needed 3");
    expect(last).toMatch(/^run \S+ \(echo 'a {0,1} ?b' '\$HOME'\) succeeded in /);
  });

  it("takes a single word as a shell line, and the fields of the job as options", async () => {
    const args = ["run", "db[1-3]", "--name", "check", "--success", "60%", "--env", "A=x y", "--repeatable"];
    const { code, stdout } = await rr([
      ...args,
      ...["--output", "ndjson", "--", 'echo "$A" | tr x z; test $RR_HOST != db2'],
    ]);
    expect(code).toBe(0);
    const events = eventsOf(stdout);
    expect(Object.fromEntries(outcomes(events))).toEqual({
      "check db1": "ok",
      "check db2": "failed",
      "check db3": "ok",
    });
    expect(events[0]).toMatchObject({ plan: { slots: [{ jobs: [{ work: { delivery: "repeatable" } }] }] } });
    expect(events.find((event) => event.type === "task.ended")).toMatchObject({ stdout: "z y\n" });
  });

  it("runs a script from the current folder", async () => {
    writeFileSync(join(temp.path, "which.sh"), "#!/bin/sh\necho script on $RR_HOST\n");
    const { code, stdout } = await rr(["run", "db1", "--script", "which.sh"], { cwd: temp.path });
    expect(code).toBe(0);
    expect(stdout).toContain("  | script on db1");
  });

  it("with --save writes a flow that plan and a run take, and runs nothing", async () => {
    const home = makeTempDir("home");
    const file = join(temp.path, "saved.yaml");
    const args = ["run", "db[1-2]", "--save", file, "--timeout", "1m", "--", "echo", "it's"];
    const saved = await rr(args, { home: home.path });
    expect(saved).toMatchObject({ code: 0, stdout: "" });
    expect(saved.stderr).toContain(`rr-submit plan ${file}`);
    expect((await rr(["runs"], { home: home.path })).stdout).toContain("no runs in");
    home.remove();
    const plan = await rr(["plan", file]);
    expect(plan.code).toBe(0);
    expect(plan.stdout).toContain("flow saved: 1 slot, 1 job, 2 tasks");
    const run = await rr([file, "--output", "gathered"]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("db[1-2] (2) ok\n  | it's\n");
    const again = await rr(args);
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toContain("is there already");
  });

  it("ends with 1 and the reason where the command fails", async () => {
    const { code, stdout } = await rr(["run", "db[1-2]", "--", "echo no >&2; exit 3"]);
    expect(code).toBe(1);
    expect(stdout).toContain("db[1-2] (2) failed: exit code 3\n  | no\n");
  });
});

describe("hosts from elsewhere", () => {
  it("come from standard input and from files, also to --limit and --exclude", async () => {
    const file = join(temp.path, "hosts.txt");
    writeFileSync(file, "# ours\ndb[2-3]\n");
    const flow = site.flow({ slots: [{ jobs: [{ name: "x", hosts: "db[1-4]", command: "true" }] }] });
    expect(
      await asked(["run", "@-", "--exclude", `@file:${file}`, "--", "true"], "db[1-2] # two\n\ndb4\n"),
    ).toEqual(["db1", "db4"]);
    expect(await asked([flow, "--limit", "@-"], "db[2-4]")).toEqual(["db2", "db3", "db4"]);
    expect(await asked([flow, "--limit", `db[1-3]&@file:${file}`])).toEqual(["db2", "db3"]);
  });

  it("come from earlier runs, by how they ended there", async () => {
    const home = makeTempDir("home");
    const some = ["run", "db[1-4]", "--success", "0%", "--", "test $RR_HOST = db2 -o $RR_HOST = db4"];
    expect((await rr(some, { home: home.path })).code).toBe(0);
    const flow = site.flow({ slots: [{ jobs: [{ name: "x", hosts: "db[1-4]", command: "true" }] }] });
    expect(await asked([flow, "--limit", "@failed:last"], undefined, home.path)).toEqual(["db1", "db3"]);
    const plan = await rr(["plan", flow, "--limit", "@ok:last", "--no-servers"], { home: home.path });
    // That last run was of the hosts that had failed: now they are ok.
    expect(plan.stdout).toContain("x on 2 hosts: db[1,3]");
    const none = await rr(["run", "@unknown:last", "--timeout", "1x", "--", "true"], { home: home.path });
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/HOSTS: @unknown:last: no host of run \S+ ended unknown/);
    expect(none.stderr).toContain("--timeout: ");
    home.remove();
  });

  it("are told where they cannot be read, all at once", async () => {
    const args = [
      "plan",
      site.flow({ slots: [{ jobs: [{ hosts: "db1", command: "true", success: "120%" }] }] }),
    ];
    const { code, stderr } = await rr([
      ...args,
      "--limit",
      "@file:/no/such",
      "--exclude",
      "@-",
      "--exclude",
      "@file:/dev/zero",
      "--no-servers",
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("--limit: @file:/no/such: cannot read the hosts: ");
    expect(stderr).toContain("--exclude: @-: <stdin> names no host");
    expect(stderr).toContain("@file:/dev/zero: has more than 16 MiB: a list of hosts can have 16");
    expect(stderr).toContain('"120%" is over 100%');
    const flow = await withStdin(["-", "--limit", "@-"], JSON.stringify({ slots: [] }));
    expect(flow.stderr).toContain("--limit: @-: standard input is the flow already");
  });

  it("are in no flow: what --save writes names the hosts, and a flow with such a name is refused", async () => {
    const { stdout } = await withStdin(["run", "@-", "--save", "-", "--", "true"], "db[1-2]\nroot@db3:22\n");
    expect(JSON.parse(stdout)).toMatchObject({ slots: [{ jobs: [{ hosts: "db1,db2,root@db3:22" }] }] });
    const { code } = await rr([
      "plan",
      site.flow({ slots: [{ jobs: [{ hosts: "@failed:last", command: "true" }] }] }),
    ]);
    expect(code).toBe(2);
  });
});

async function withStdin(args: readonly string[], input: string, home?: string) {
  const env = { RR_SERVERS: site.gearmand.server };
  const child = startSubmit(args, { env, stdin: true, ...(home === undefined ? {} : { home }) });
  child.write(input);
  child.end();
  const { code } = await child.exited;
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}

/** The hosts that a run asked, in order. */
async function asked(args: readonly string[], input?: string, home?: string): Promise<readonly string[]> {
  const whole = [args[0] ?? "", "--output", "ndjson", ...args.slice(1)];
  const options = home === undefined ? {} : { home };
  const { code, stdout, stderr } =
    input === undefined ? await rr(whole, options) : await withStdin(whole, input, home);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return [...outcomes(eventsOf(stdout)).keys()].map((task) => task.split(" ")[1] ?? "").toSorted();
}

describe("rr-submit ping", () => {
  it("is content where every host can be logged in to", async () => {
    const { code, stdout, stderr } = await rr(["ping", "db[1-4]"]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "db[1-4] (4) ok\n4 of 4 hosts ok\n",
      stderr: "",
    });
  });

  it("tells why the others cannot, hosts with the same reason together, and ends with 1", async () => {
    const { code, stdout } = await rr(["ping", "db[1-2],fe[1-2],nowhere.invalid"]);
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe("db[1-2] (2) ok");
    expect(lines).toContainEqual(
      expect.stringMatching(/^fe\[1-2\] \(2\) unreachable: the host key of HOST.* is not known: /),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^nowhere\.invalid unreachable: .*does not exist/));
    expect(lines[3]).toBe("2 of 5 hosts ok");
  });

  it("ends with 1 in every view", async () => {
    expect((await rr(["ping", "db1,fe1", "--output", "ndjson"])).code).toBe(1);
    expect((await rr(["ping", "db1", "--output", "ndjson"])).code).toBe(0);
  });
});
