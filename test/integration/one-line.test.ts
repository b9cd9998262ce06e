import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, type ProcessOptions } from "../support/processes.ts";
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
    expect([title, line, empty]).toEqual(["db[1-3] ok", "  | a  b $HOME", ""]);
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
    expect(run.stdout).toContain("db[1-2] ok\n  | it's\n");
    const again = await rr(args);
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toContain("is there already");
  });

  it("ends with 1 and the reason where the command fails", async () => {
    const { code, stdout } = await rr(["run", "db[1-2]", "--", "echo no >&2; exit 3"]);
    expect(code).toBe(1);
    expect(stdout).toContain("db[1-2] failed: exit code 3\n  | no\n");
  });
});

describe("rr-submit ping", () => {
  it("is content where every host can be logged in to", async () => {
    const { code, stdout, stderr } = await rr(["ping", "db[1-4]"]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "db[1-4] ok\n4 of 4 hosts ok\n",
      stderr: "",
    });
  });

  it("tells why the others cannot, hosts with the same reason together, and ends with 1", async () => {
    const { code, stdout } = await rr(["ping", "db[1-2],fe[1-2],nowhere.invalid"]);
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe("db[1-2] ok");
    expect(lines).toContainEqual(
      expect.stringMatching(/^fe\[1-2\] unreachable: the host key of HOST.* is not known: /),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^nowhere\.invalid unreachable: .*does not exist/));
    expect(lines[3]).toBe("2 of 5 hosts ok");
  });

  it("ends with 1 in every view", async () => {
    expect((await rr(["ping", "db1,fe1", "--output", "ndjson"])).code).toBe(1);
    expect((await rr(["ping", "db1", "--output", "ndjson"])).code).toBe(0);
  });
});
