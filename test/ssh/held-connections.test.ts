import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseFigures } from "../bench/connections/figures.ts";
import { startChild } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { openGround } from "./ground.ts";

failOnLeftovers();

const HOLD = fileURLToPath(new URL("../bench/connections/hold.js", import.meta.url));
const HOSTS = 150;

let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd({ hosts: HOSTS, config: "LogLevel INFO" });
});
afterAll(() => sshd.stop());

test("150 connections are kept, do a second command each, and take little memory", async () => {
  const job = {
    sshConfigFile: sshd.sshConfigFile,
    hosts: sshd.hosts,
    stops: [50, HOSTS],
    atOnce: 32,
    keepAliveMs: 600_000,
    holdMs: 0,
    untilIdle: false,
  };
  const child = startChild(process.execPath, ["--expose-gc", HOLD, JSON.stringify(job)]);
  const { code } = await child.exited;
  expect([code, child.stderr()]).toEqual([0, ""]);
  const { memory, held, closed } = parseFigures(child.stdout());
  expect(memory.map(({ connections }) => connections)).toEqual([0, 50, HOSTS]);
  expect(held.connections).toBe(HOSTS);
  expect(closed.connections).toBe(0);
  expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(HOSTS);
  expect(statSync(join(sshd.workDir, "ran")).size / "x\n".length).toBe(2 * HOSTS);
  // Some 25 kB were measured; the engine's own code and tables are in it as well with so few.
  const [, first = held, all = held] = memory;
  const each = (all.heapUsed + all.external - first.heapUsed - first.external) / (HOSTS - 50);
  expect(each).toBeLessThan(60_000);
  expect(closed.heapUsed).toBeLessThan(held.heapUsed - 100 * HOSTS);
});

test("the server is asked for no proof of its keys, and told goodbye", async () => {
  const talkative = await startSshd({ config: "LogLevel DEBUG3" });
  try {
    const ground = openGround({ sshConfigFiles: [talkative.sshConfigFile] });
    await ground.run("127.7.0.1", "true");
    await ground.close();
    await expect.poll(() => talkative.log(), { timeout: 30_000 }).toContain("Received disconnect from");
    expect(talkative.log()).toContain("notify_hostkeys: sent");
    expect(talkative.log()).not.toContain("hostkeys-prove-00");
  } finally {
    await talkative.stop();
  }
});
