import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startChild } from "../../support/child-program.ts";
import { startSshd } from "../../support/sshd.ts";
import { until } from "../../support/until.ts";
import { report } from "../table.ts";
import { connectionTables } from "./connection-tables.ts";
import { parseFigures } from "./figures.ts";

const HOLD = fileURLToPath(new URL("./hold.js", import.meta.url));
/** Measured at each of these. */
const STOPS = [500, 1000, 2000];
const HOSTS = 2000;
const AT_ONCE = 64;
const HOLD_MS = 60_000;
/** Longer than it takes to open all and to run a second command on each, else the first go in between. */
const KEEP_ALIVE_MS = 240_000;

test("2,000 connections in one worker", { timeout: 3_600_000 }, async () => {
  const sshd = await startSshd({ hosts: HOSTS, config: "LogLevel INFO" });
  try {
    const job = {
      sshConfigFile: sshd.sshConfigFile,
      hosts: sshd.hosts,
      stops: STOPS,
      atOnce: AT_ONCE,
      keepAliveMs: KEEP_ALIVE_MS,
      holdMs: HOLD_MS,
      untilIdle: true,
    };
    const child = startChild(process.execPath, ["--expose-gc", HOLD, JSON.stringify(job)]);
    await child.waitFor('"at":"held"', { withinMs: 1_800_000 });
    const sessions = sshd.connections();
    await child.waitFor('"at":"closed"', { withinMs: 1_800_000 });
    await until("sshd to see all connections closed", () => sshd.connections() === 0);
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`hold.js ended with ${code}:\n${child.output()}`);
    const figures = parseFigures(child.stdout());
    const server = {
      sessions,
      logins: sshd.log().match(/Accepted publickey/g)?.length ?? 0,
      commands: statSync(join(sshd.workDir, "ran")).size / "x\n".length,
    };
    report("connections", connectionTables(figures, server), { figures, server });
    expect(server).toEqual({ sessions: HOSTS, logins: HOSTS, commands: 2 * HOSTS });
    expect(figures.closed.connections).toBe(0);
  } finally {
    await sshd.stop();
  }
});
