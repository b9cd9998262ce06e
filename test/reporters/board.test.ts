import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ScriptedFleet } from "../semantics/scripted-fleet.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startSubmit } from "../support/processes.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { Terminal } from "./terminal.ts";

failOnLeftovers();

/** db hosts end at once, db3 and db7 badly; fe hosts when the test says so. */
let gearmand: Gearmand;
let fleet: ScriptedFleet;
let temp: TempDir;
let flow: string;

beforeAll(async () => {
  gearmand = await startGearmand();
  temp = makeTempDir("board");
  flow = join(temp.path, "flow.json");
  writeFileSync(
    flow,
    JSON.stringify({
      name: "deploy",
      slots: [
        { jobs: [{ name: "pkg1", hosts: "db[1-10]", command: "true", success: "80%" }] },
        { jobs: [{ name: "restart", hosts: "fe[1-200]", command: "true", parallelism: "50%" }] },
      ],
    }),
  );
  fleet = new ScriptedFleet(({ host }) =>
    ["db3", "db7"].includes(host)
      ? { outcome: "failed", reason: "exit code 1" }
      : { afterMs: host.startsWith("fe") ? 1500 : 0 },
  );
  fleet.start({ host: "127.0.0.1", port: gearmand.port }, { workers: 2, places: 500 });
});
afterAll(async () => {
  await fleet.stop();
  await gearmand.stop();
  temp.remove();
});

function start(
  columns: number,
  rows: number,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Terminal {
  return new Terminal([flow, "--servers", gearmand.server, "--yes", ...args], {
    columns,
    rows,
    env: { ...ownHome(), ...env },
  });
}

/** For one test alone: a flow is run once at a time by whoever has a home. */
function ownHome(): Record<string, string> {
  const home = mkdtempSync(join(temp.path, "home-"));
  return { HOME: home, XDG_STATE_HOME: home };
}

// They wait for their hosts, all for the same ones.
describe.concurrent("the live board on a pseudo-terminal", () => {
  it.each([
    [80, 24],
    [200, 50],
    [80, 6],
  ])(
    "%d columns, %d rows: draws in place, lets failures scroll above, leaves the end standing",
    async (columns, rows) => {
      const terminal = start(columns, rows);
      const board = /restart .* ok, needs 200; 0 failed, 0 allowed/;
      await until(
        "the second slot on the board",
        async () => (await terminal.lines()).some((line) => board.test(line)),
        {
          lastSeen: () => terminal.raw,
        },
      );
      const during = await terminal.lines();
      expect(during.filter((line) => /^deploy {2}slot 2 of 2/.test(line))).toHaveLength(1);
      expect(during.filter((line) => line.includes("restart") && line.includes("needs 200"))).toHaveLength(1);
      const failure = during.findIndex((line) => / ✘ pkg1 db\[?[37].* failed: exit code 1/.test(line));
      expect(failure).toBeGreaterThanOrEqual(0);
      expect(failure).toBeLessThan(during.findIndex((line) => line.startsWith("deploy  slot")));
      expect((await terminal.child.exited).code).toBe(0);
      const after = await terminal.lines();
      expect(after.at(-1)).toMatch(/^run \S+ \(deploy\) succeeded in/);
      expect(after.filter((line) => line.includes("0 failed, 0 allowed"))).toEqual([]);
      expect(terminal.raw).toContain("\u001b[?25h");
    },
  );

  it("writes no colour with NO_COLOR, and redraws a few times a second at most", async () => {
    const terminal = start(100, 30, { NO_COLOR: "1" });
    const began = performance.now();
    expect((await terminal.child.exited).code).toBe(0);
    const seconds = (performance.now() - began) / 1000;
    expect(terminal.raw).not.toMatch(/\u001b\[[0-9;]*m/);
    const frames = terminal.raw.split("\u001b[?2026h").length - 1;
    expect(frames).toBeGreaterThan(3);
    // Each redraw is at most two writes: what scrolls, and the board.
    expect(frames / seconds).toBeLessThan(10);
  });

  it.each([{ TERM: "dumb" }, { CI: "true" }])("prints plain lines with %j", async (env) => {
    const terminal = start(80, 24, env);
    expect((await terminal.child.exited).code).toBe(0);
    expect(terminal.raw).not.toContain("\u001b");
    expect(terminal.raw).toMatch(/\d\d:\d\d:\d\d pkg1 db3 failed: exit code 1/);
  });

  it("shows the whole of a run that is resumed, and tells nothing of its past again", async () => {
    const env = ownHome();
    const first = startSubmit([flow, "--servers", gearmand.server], { env });
    await first.waitFor("restart started on");
    await first.kill();
    const terminal = new Terminal(["resume", "last", "--servers", gearmand.server], {
      columns: 100,
      rows: 30,
      env,
    });
    await until("the board", async () =>
      (await terminal.lines()).some((line) => /^deploy {2}slot 2 of 2/.test(line)),
    );
    expect((await terminal.child.exited).code).toBe(0);
    const lines = await terminal.lines();
    expect(lines.filter((line) => / ✘ pkg1 /.test(line))).toEqual([]);
    expect(lines.filter((line) => /pkg1 succeeded: 8 of 10 ok/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /restart succeeded: 200 of 200 ok/.test(line))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/^run \S+ \(deploy\) succeeded in/);
  });

  it("keeps a message of the program itself above the board", async () => {
    const terminal = start(80, 24);
    await terminal.child.waitFor("needs 200;");
    // Ctrl-C, as a terminal sends it.
    terminal.child.write("\u0003");
    expect((await terminal.child.exited).code).toBe(130);
    const lines = await terminal.lines();
    expect(lines.filter((line) => line.startsWith("stopping: nothing new starts"))).toHaveLength(1);
    expect(lines.filter((line) => /^deploy {2}slot/.test(line))).toEqual([]);
    expect(lines.filter((line) => /^run \S+ \(deploy\) cancelled in/.test(line))).toHaveLength(1);
  });

  it("says so and prints plain lines when it is asked for a board where there is no terminal", async () => {
    const { stdout, stderr } = await runSubmit([
      flow,
      "--servers",
      gearmand.server,
      "--yes",
      "--output",
      "tty",
    ]);
    expect(stderr).toContain("stdout is no terminal");
    expect(stdout).not.toContain("\u001b");
  });
});
