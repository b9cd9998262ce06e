import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../support/free-port.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startSubmit } from "../support/processes.ts";
import { submitHere } from "../support/submit-here.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

let temp: TempDir;
let gearmand: Gearmand;
beforeAll(async () => {
  temp = makeTempDir("bad-input");
  gearmand = await startGearmand();
});
afterAll(async () => {
  await gearmand.stop();
  temp.remove();
});

function file(text: string): string {
  const path = join(temp.path, "flow.json");
  writeFileSync(path, text);
  return path;
}

const one = (job: string) => `{ "name": "f",\n  "slots": [ { "jobs": [\n    ${job}\n  ] } ] }`;

describe("bad input: a clear message with its place, exit 2, nothing sent", () => {
  it.each([
    ["not JSON", '{ "name": oops }', /flow\.json:1:\d+/],
    [
      "an unknown key",
      one('{ "hosts": "h1", "command": "true", "paralellism": 3 }'),
      /flow\.json:3:\d+: .*paralellism[\s\S]*parallelism/,
    ],
    [
      "success 120%",
      one('{ "hosts": "h1", "command": "true", "success": "120%" }'),
      /flow\.json:3:\d+: .*success[\s\S]*120%/,
    ],
    ["an empty range", one('{ "hosts": "h[]", "command": "true" }'), /flow\.json:3:\d+: .*hosts/],
    [
      "two jobs of one name",
      one(
        '{ "name": "a", "hosts": "h1", "command": "true" },\n{ "name": "a", "hosts": "h2", "command": "true" }',
      ),
      /flow\.json:4:\d+: .*name/,
    ],
  ])("%s", async (_, text, message) => {
    const { code, stdout, stderr } = await submitHere([file(text), "--servers", gearmand.server]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(await gearmand.admin("status")).not.toContain("rr-run");
  });

  it("a flow from standard input", async () => {
    const child = startSubmit(["plan", "-", "--no-servers"], { stdin: true });
    child.write(one('{ "hosts": "h[", "command": "true" }'));
    child.end();
    expect((await child.exited).code).toBe(2);
    expect(child.stderr()).toMatch(/^<stdin>:3:\d+: .*hosts/);
  });

  it("a file that is not there", async () => {
    const { code, stderr } = await runSubmit([join(temp.path, "none.json"), "--servers", gearmand.server]);
    expect(stderr).toContain("none.json: cannot read the flow: there is no such file");
    expect(code).toBe(2);
  });

  it("all that is wrong, at once", async () => {
    const jobs = [
      '{ "hosts": "h1", "command": "true", "timeout": 5 }',
      '{ "hosts": "@nosuch", "command": "true" }',
      '{ "hosts": "h[1-3]", "command": "true", "success": 4 }',
      '{ "hosts": "h1", "script": "none.sh" }',
    ];
    const { code, stderr } = await submitHere(["plan", file(one(jobs.join(",\n"))), "--no-servers"]);
    expect(stderr.match(/^\S*flow\.json:\d+/gm)?.map((place) => place.replace(/.*:/, ""))).toEqual([
      "3",
      "4",
      "5",
      "6",
    ]);
    expect(code).toBe(2);
  });

  it("scripts that cannot be read, each at its place and at once", async () => {
    execFileSync("mkfifo", [join(temp.path, "fifo")]);
    const scripts = ["none.sh", "fifo", "/dev/zero", "."];
    const text = one(scripts.map((script) => `{ "hosts": "h1", "script": "${script}" }`).join(",\n"));
    const { code, stderr } = await submitHere(["plan", file(text), "--no-servers"]);
    expect(stderr).toMatch(
      /flow\.json:3:\d+: .*script: \S*none\.sh: cannot read the script: there is no such/,
    );
    expect(stderr).toMatch(/flow\.json:4:\d+: .*script: \S*fifo is not a regular file/);
    expect(stderr).toMatch(/flow\.json:5:\d+: .*script: \/dev\/zero is not a regular file/);
    expect(stderr).toMatch(/flow\.json:6:\d+: .*script: \S*: cannot read the script: it is a folder/);
    expect(code).toBe(2);
  });

  it.each([
    [["--nope"], /nope/],
    [[], /flow/i],
    [["plan", ""], /which flow\?/],
    [["f.json", "--servers", "host:99999"], /--servers: .*99999/],
    [["f.json", "--output", "loud"], /--output: "loud" is not one of/],
    [["f.json", "--keep-output", "abc"], /--keep-output: "abc" is not a size/],
    [["f.json", "--concurrency", "5"], /^--concurrency needs --local, /m],
    [["f.json", "--local", "--servers", "a"], /^--servers and --local exclude each other/m],
    [["resume", "last", "--ssh-config", "c"], /^--ssh-config needs --local, /m],
    [["f.json", "--local", "--raw"], /^--raw needs --follow, /m],
    [["f.json", "--yes=maybe"], /^--yes: "maybe" is neither true nor false$/m],
    [["f.json", "-y=ok"], /^-y: "ok" is neither true nor false$/m],
    [["f.json", "--limit", "a", "--limit", "b"], /^--limit was given twice; give it once$/m],
    [["plan", "f.json", "--limit", "a", "--limit", "b"], /^--limit was given twice; give it once$/m],
  ])("options %j", async (args, message) => {
    const { code, stderr } = await submitHere(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("no infrastructure: exit 3", () => {
  const flow = one('{ "hosts": "h1", "command": "true" }');

  it.concurrent("no server: soon, named", async () => {
    const port = await findFreePort();
    const before = performance.now();
    const { code, stderr } = await runSubmit([file(flow), "--servers", `127.0.0.1:${port}`]);
    expect(stderr).toContain(`no Gearman job server answers at 127.0.0.1:${port}`);
    expect(code).toBe(3);
    expect(performance.now() - before).toBeLessThan(30_000);
  });

  it.concurrent("a server that hangs: soon, named", async () => {
    gearmand.pause();
    try {
      const { code, stderr } = await runSubmit([file(flow), "--servers", gearmand.server]);
      expect(stderr).toContain(`no Gearman job server answers at ${gearmand.server}`);
      expect(code).toBe(3);
    } finally {
      gearmand.continue();
    }
  });

  it("no worker: named by its function, nothing sent", async () => {
    const args = [file(flow), "--servers", gearmand.server, "--wait-for-workers", "1s"];
    const { code, stderr } = await runSubmit(args);
    expect(stderr).toContain(`no worker serves rr-run on ${gearmand.server}: nothing was sent`);
    expect(stderr).toMatch(/^Start one: rr-worker --servers [\d.:]+$/m);
    expect(code).toBe(3);
    expect((await gearmand.status("rr-run")).total).toBe(0);
  });

  it("no worker of a pool: how to start one of it", async () => {
    const pooled = one('{ "hosts": "h1", "command": "true", "pool": "nosuch" }');
    const args = [file(pooled), "--servers", gearmand.server, "--wait-for-workers", "1s"];
    const { code, stderr } = await runSubmit(args);
    expect(stderr).toMatch(/^Start one: rr-worker --servers [\d.:]+ --pool nosuch$/m);
    expect(code).toBe(3);
  });
});
