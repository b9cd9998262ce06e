import { appendFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { Site } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

failOnLeftovers();

let site: Site;
let home: TempDir;
let run: string;
beforeAll(async () => {
  site = await Site.start({ hosts: ["db1", "db2", "db3"], workers: 1, workerArgs: ["--id", "w-one"] });
  home = makeTempDir("report-home");
  const command = 'echo hello; test "$RR_HOST" != db2 || { echo "E: <b>no</b>" >&2; exit 4; }';
  const flow = {
    name: "greet",
    slots: [{ jobs: [{ name: "greet", hosts: "db[1-3]", command, success: "60%" }] }],
  };
  const result = await site.submit(flow, [], { home: home.path });
  if (result.code !== 0) throw new Error(`the run failed: ${result.stderr}`);
  run = readdirSync(join(home.path, "state/roadrunner/runs"))[0]?.replace(".ndjson", "") ?? "";
});
afterAll(async () => {
  await site.stop();
  home.remove();
});

const submit = (...args: readonly string[]) => runSubmit(args, { home: home.path });

describe("rr-submit report, of a real run", () => {
  it("tells it as text, by name, by beginning, by path, and as the last one", async () => {
    const text = await submit("report", "last");
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(`run ${run} of flow greet`);
    expect(text.stdout).toContain(
      "    db2 failed: exit code 4\n      | hello\n      | (stderr)\n      | E: <b>no</b>\n",
    );
    expect(text.stdout).toContain("    db[1,3] (2) ok\n      | hello\n");
    const path = join(home.path, "state/roadrunner/runs", `${run}.ndjson`);
    for (const name of [run, run.slice(0, 20), path]) {
      expect((await submit("report", name)).stdout, name).toBe(text.stdout);
    }
  });

  it("writes JSON, JUnit XML and the page, for their owner only", async () => {
    const json = JSON.parse((await submit("report", "last", "--json")).stdout) as { verdict: string };
    expect(json.verdict).toBe("succeeded");
    const [junit, html] = [join(home.path, "run.xml"), join(home.path, "run.html")];
    const files = await submit("report", "last", "--junit", junit, "--html", html);
    expect(files).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(readFileSync(junit, "utf8")).toContain('<testcase name="db2"');
    expect(readFileSync(html, "utf8")).toContain("\\u003cb>no\\u003c/b>");
    expect(statSync(html).mode & 0o777).toBe(0o600);
  });

  it("writes what it writes to a file to standard output as well, byte for byte", async () => {
    const file = join(home.path, "report");
    for (const option of ["--junit", "--html"]) {
      await submit("report", "last", option, file);
      const shown = await submit("report", "last", option, "-");
      expect(shown, option).toMatchObject({ code: 0, stderr: "" });
      expect(shown.stdout, option).toBe(readFileSync(file, "utf8"));
    }
    const both = await submit("report", "last", "--html=-", "--json");
    expect(both).toMatchObject({ code: 2, stdout: "" });
    expect(both.stderr).toBe("--html and --json: standard output takes only one of them; name a file\n");
  });

  it("leaves a torn last line out, and says so", async () => {
    const path = join(home.path, "torn.ndjson");
    appendFileSync(
      path,
      `${readFileSync(join(home.path, "state/roadrunner/runs", `${run}.ndjson`), "utf8")}{"ty`,
    );
    const { code, stderr, stdout } = await submit("report", path);
    expect(code).toBe(0);
    expect(stderr).toContain("the last line of");
    expect(stderr).toContain("is torn (4 bytes); it is left out");
    expect(stdout).toContain("succeeded");
  });

  it("says what is wrong with a name or a file", async () => {
    expect(await submit("report", "20000101-000000-aaaaaaaa")).toMatchObject({ code: 2, stdout: "" });
    expect((await submit("report", "./nowhere")).stderr).toContain("there is no such file");
    expect((await submit("report", "last", "--html", "/nowhere/at/all.html")).stderr).toContain(
      "cannot write /nowhere/at/all.html",
    );
  });
});

describe("long output of a host that failed", () => {
  it("is shown by both its ends, with what a terminal would show, and the command that shows the rest", async () => {
    const command = 'printf "1%%\\r50%%\\r100%%\\n"; seq 1 1980; echo "E: the end" >&2; exit 3';
    const flow = { name: "build", slots: [{ jobs: [{ name: "build", hosts: "db1", command }] }] };
    const long = await site.submit(flow, ["--output", "quiet"], { home: home.path });
    expect(long.code).toBe(1);
    const shown = long.stdout.split("\n").flatMap((line) => /^ {6}(?:\| )?(.*)$/.exec(line)?.[1] ?? []);
    expect(shown.slice(0, 6)).toEqual(["100%", "1", "2", "3", "… 1964 lines are left out here", "1968"]);
    expect(shown.slice(-3)).toEqual(["1980", "(stderr)", "E: the end"]);
    expect(shown).toHaveLength(20);
    expect(long.stdout).toMatch(/\nall output that is kept: rr-submit report 2\d{7}-\d{6}-\w{8}\n/);
    expect((await submit("report", "last")).stdout).toContain("\n      | 1000\n");
  });

  it("has its gap where bytes were not kept, and says how to keep them", async () => {
    const flow = {
      name: "flood",
      slots: [{ jobs: [{ name: "flood", hosts: "db1", command: "seq 1001 9999; exit 3" }] }],
    };
    await site.submit(flow, ["--output", "quiet", "--keep-output", "1k"], { home: home.path });
    const { stdout } = await submit("report", "last");
    const gap = stdout.indexOf("\n      | … 43971 bytes were not kept here\n");
    expect(gap).toBeGreaterThan(stdout.indexOf("| 1100"));
    expect(gap).toBeLessThan(stdout.indexOf("| 9900"));
    expect(stdout).toContain("the whole output of the next run: --output-dir DIR, or a larger --keep-output");
  });
});

describe("rr-submit status, of real servers and workers", () => {
  it("shows servers, functions and workers with pool, places and health", async () => {
    const { code, stdout } = await submit("status", "--servers", site.gearmand.server);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${site.gearmand.server}: version \\d`));
    expect(stdout).toMatch(/rr-run +0 +0 +1\n/);
    expect(stdout).toMatch(
      /w-one-[a-z2-7]{4} +\(default\) +0 of 20 +(none|\d+ builtin) +running +\d\S+ +127\.0\.0\.1:/,
    );
  });

  it("says which server and which worker does not answer", async () => {
    const [worker] = site.workers;
    worker?.signal("SIGSTOP");
    try {
      const gone = `127.0.0.1:${await findFreePort()}`;
      const { code, stdout } = await submit(
        "status",
        "--json",
        "--servers",
        `${gone},${site.gearmand.server}`,
      );
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        servers: [
          { server: gone, problem: expect.stringContaining("ECONNREFUSED") as string },
          { server: site.gearmand.server, functions: [{ name: "rr-run", workers: 1 }] },
        ],
        workers: [
          { id: await site.workerId("w-one"), problem: "does not answer", servers: [site.gearmand.server] },
        ],
      });
    } finally {
      worker?.signal("SIGCONT");
    }
  });

  it("ends with the code of no infrastructure when no server answers", async () => {
    const { code, stdout } = await submit("status", "--servers", `127.0.0.1:${await findFreePort()}`);
    expect(code).toBe(3);
    expect(stdout).toContain("no job server answers");
  });
});
