import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Terminal } from "../reporters/terminal.ts";
import { startTap, type Tap } from "../security/tap.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { homeEnv, runSubmit } from "../support/processes.ts";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const SECRET = "hunter2-$(id)'\"-end";

let temp: TempDir;
let home: TempDir;
let site: Site;
let tap: Tap;
let sealed: readonly string[];

beforeAll(async () => {
  temp = makeTempDir("params");
  const keys = file("pool.keys", `${randomBytes(32).toString("base64")}\n`);
  site = await Site.start({ hosts: names("h", 6), workers: 1, workerArgs: ["--pool-key-file", keys] });
  tap = await startTap(site.gearmand.port);
  sealed = ["--pool-key-file", keys];
});
afterAll(async () => {
  await tap.close();
  await site.stop();
  temp.remove();
});
beforeEach(() => {
  home = makeTempDir("params-home");
  return () => home.remove();
});

function file(name: string, text: string, mode = 0o600): string {
  const path = join(temp.path, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const submit = (flow: object, args: readonly string[]) =>
  site.submit(flow, ["--servers", tap.server, ...sealed, ...args], { home: home.path });

/** All that is kept of a run on this box, and on the hosts. */
function kept(): string {
  const folders = [home.path, site.sshd.workDir];
  return folders.map((folder) => execFileSync("grep", ["-rah", "", folder], { encoding: "utf8" })).join("");
}

describe("parameters", () => {
  it("reach commands as they are, and hosts, amounts and times follow them", async () => {
    const hostile = "a 'b' \"c\"\n$(touch /tmp/x) `id` \\ $HOME ü";
    const flow = {
      name: "values",
      params: {
        word: { type: "string" },
        targets: { type: "hosts", default: "h1" },
        most: { type: "integer", max: 4 },
        limit: { type: "duration", default: "1m" },
      },
      slots: [
        {
          jobs: [
            {
              name: "j",
              hosts: { param: "targets" },
              parallelism: { param: "most" },
              timeout: { param: "limit" },
              command: `${ownFolder}; printf '%s' "$word" > $d/word; echo "$RR_HOST $most" >> $d/values`,
            },
          ],
        },
      ],
    };
    const values = file("values.json", JSON.stringify({ word: hostile, most: 2 }), 0o644);
    const { code, stderr } = await submit(flow, ["--params-file", values, "--param", "targets=h[2-3]"]);
    expect(code, stderr).toBe(0);
    expect(site.lines("values").toSorted()).toEqual(["h2 2", "h3 2"]);
    for (const folder of readdirSync(site.sshd.workDir))
      expect(readFileSync(join(site.sshd.workDir, folder, "word"), "utf8")).toBe(hostile);
  });

  it("stay what they were in a resume, which refuses others", async () => {
    const flow = {
      name: "again",
      params: { word: { type: "string" }, token: { type: "secret" } },
      slots: [
        {
          jobs: [
            {
              name: "j",
              hosts: "h[1-6]",
              parallelism: 2,
              command: `${ownFolder}; echo "$word $token" >> $d/again; sleep 0.3`,
            },
          ],
        },
      ],
    };
    const token = file("token", "first\n");
    const args = [...sealed, "--param", "word=once", "--secret-file", `token=${token}`];
    const first = site.startSubmit(flow, args, { home: home.path });
    await until("two commands to have started", () => site.lines("again").length >= 2);
    await first.kill();
    const resume = (...more: string[]) =>
      runSubmit(["resume", "last", "--servers", site.gearmand.server, ...sealed, ...more], {
        home: home.path,
      });
    const other = await resume(
      "--param",
      "word=twice",
      "--param",
      "wrod=x",
      "--secret-file",
      `tokn=${token}`,
    );
    expect(other.stderr).toMatch(/--param:1:6: word: the run was started with "once", and goes on with it/);
    expect(other.stderr).toContain('the run has no parameter "wrod"');
    expect(other.stderr).toContain('the run has no secret "tokn"');
    expect(other.code).toBe(2);
    const none = await resume();
    expect(none.stderr).toContain("--secret-file token=PATH");
    expect(none.code).toBe(2);
    const last = await resume("--param", "word=once", "--secret-file", `token=${token}`);
    expect(last.code, last.stderr).toBe(0);
    expect(site.lines("again")).toEqual(names("h", 6).map(() => "once first"));
  });
});

describe("a secret", () => {
  const flow = {
    name: "secret",
    params: { token: { type: "secret" } },
    slots: [
      {
        jobs: [
          {
            name: "j",
            hosts: "h[1-2]",
            command: `${ownFolder}; printf %s "$token" | sha256sum >> $d/hashes; echo "it is $token"`,
          },
        ],
      },
    ],
  };
  const hash = `${createHash("sha256").update(SECRET).digest("hex")}  -`;

  it("of a file reaches the command, and stands nowhere else", async () => {
    const path = file("secret", `${SECRET}\n`);
    const { code, stdout, stderr } = await submit(flow, [
      "--secret-file",
      `token=${path}`,
      "--output",
      "ndjson",
    ]);
    expect(code, stderr).toBe(0);
    expect(site.lines("hashes")).toEqual([hash, hash]);
    expect(stdout).toContain("it is [secret token]");
    expect(tap.jobs("rr-run").length).toBeGreaterThan(1);
    const everywhere = [
      stdout,
      stderr,
      tap.all().toString("latin1"),
      kept(),
      site.workers[0]?.output() ?? "",
    ];
    expect(kept()).toContain("run.started");
    for (const text of everywhere) expect(text).not.toContain("hunter2");
    const plan = await runSubmit([
      "plan",
      site.flow(flow),
      "--no-servers",
      ...["--secret-file", `token=${path}`],
    ]);
    expect(plan.stdout).toContain("token: a secret, given in a file");
    expect(plan.stdout + plan.stderr).not.toContain("hunter2");
  });

  it("is asked for on the terminal, which shows nothing of it", async () => {
    const seen = site.lines("hashes").length;
    const args = [site.flow(flow), "--servers", tap.server, ...sealed, "--output", "plain"];
    const terminal = new Terminal(args, { columns: 120, rows: 30, env: homeEnv(home.path) });
    await until("the question", () => terminal.raw.includes("token: "));
    terminal.child.write(`${SECRET}xy\x7f\x7f\r`);
    expect((await terminal.child.exited).code, terminal.raw).toBe(0);
    expect(terminal.raw).not.toContain("hunter2");
    expect(site.lines("hashes").slice(seen)).toHaveLength(2);
    expect(new Set(site.lines("hashes"))).toEqual(new Set([hash]));
  });

  it("is refused where others could read it, and told what to do", async () => {
    const open = file("open", SECRET, 0o644);
    const refused = async (args: readonly string[], servers = sealed) => {
      const options = { home: home.path };
      const { code, stderr } = await site.submit(
        flow,
        ["--servers", tap.server, ...servers, ...args],
        options,
      );
      expect(code).toBe(2);
      expect(stderr).not.toContain("hunter2");
      return stderr;
    };
    const before = tap.jobs("rr-run").length;
    expect(await refused(["--secret-file", `token=${open}`])).toContain("may be read by others");
    expect(await refused(["--param", `token=${SECRET}`])).toContain("--secret-file token=PATH");
    expect(await refused(["--params-file", file("p.yaml", `token: "hunter2"`)])).toContain(
      "token is a secret",
    );
    expect(await refused([])).toContain("there is no terminal to ask for it");
    const own = file("own", SECRET);
    expect(await refused(["--secret-file", `token=${own}`], [])).toContain("is only sent sealed");
    expect(await refused(["--secret-file", `tokn=${own}`])).toContain("did you mean token?");
    expect(await refused(["--secret-file", `token=${file("nul", "a\0b")}`])).toContain("NUL");
    expect(await refused(["--secret-file", `token=${file("large", "x".repeat(70_000))}`])).toContain(
      "is over",
    );
    expect(tap.jobs("rr-run")).toHaveLength(before);
  });
});
