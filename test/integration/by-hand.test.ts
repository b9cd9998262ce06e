import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startChild } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { names, Site } from "../support/site.ts";

failOnLeftovers();

let site: Site;
beforeAll(async () => {
  site = await Site.start({ hosts: names("h", 3), workers: 1 });
});
afterAll(async () => {
  await site.stop();
});

/** What Debian's gearman tool prints for a workload. */
async function gearman(workload: string): Promise<Record<string, unknown>> {
  const args = ["-h", "127.0.0.1", "-p", String(site.gearmand.port), "-f", "rr-run", workload];
  const child = startChild(findProgram("gearman"), args);
  const { code } = await child.exited;
  expect(code, child.output()).toBe(0);
  return JSON.parse(child.stdout()) as Record<string, unknown>;
}

describe("workloads by hand, with Debian's gearman tool", () => {
  it("gives an outcome as JSON", async () => {
    const [host] = site.sshd.hosts;
    expect(await gearman(JSON.stringify({ host, command: "echo hi; echo oh >&2; exit 3" }))).toMatchObject({
      v: 1,
      host,
      outcome: "failed",
      exitCode: 3,
      stdout: "hi\n",
      stderr: "oh\n",
      blame: "host",
    });
    expect(await gearman('{"host":"h1","command":"echo $RR_HOST; pwd","cwd":"/tmp"}')).toMatchObject({
      outcome: "ok",
      exitCode: 0,
      stdout: "h1\n/tmp\n",
    });
  });

  it.each([
    ["garbage", /not JSON/],
    ["[1,2]", /not a JSON object/],
    ['{"v":7,"host":"h1","command":"true"}', /version 7/],
    ['{"host":"h1","comand":"true"}', /comand/],
    ['{"host":"-oProxyCommand=touch /tmp/x","command":"true"}', /host/],
    ['{"host":"h1","command":"true","delivery":"once"}', /task/],
  ])("refuses %s with a reason, and lives on", async (workload, why) => {
    expect(await gearman(workload)).toMatchObject({
      outcome: "refused",
      blame: "submission",
      reason: expect.stringMatching(why) as string,
    });
    expect(await gearman('{"host":"h1","command":"true"}')).toMatchObject({ outcome: "ok" });
  });

  it("refuses 10 MB, and lives on", async () => {
    const workload = JSON.stringify({ host: "h1", command: `: ${"x".repeat(10_000_000)}` });
    const args = ["-h", "127.0.0.1", "-p", String(site.gearmand.port), "-f", "rr-run"];
    const { stdout, status } = spawnSync(findProgram("gearman"), args, { input: workload, encoding: "utf8" });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: "refused",
      reason: expect.stringContaining("bytes") as string,
    });
    expect(await gearman('{"host":"h2","command":"true"}')).toMatchObject({ outcome: "ok" });
  });

  it("tells apart a host that is not there and one that nobody knows", async () => {
    expect(await gearman('{"host":"no-such-host.invalid","command":"true"}')).toMatchObject({
      outcome: "unreachable",
      blame: "host",
      noRetry: true,
      reason: expect.stringContaining("no-such-host.invalid") as string,
    });
    expect(await gearman('{"host":"h1","port":1,"command":"true"}')).toMatchObject({
      outcome: "unreachable",
    });
  });
});
