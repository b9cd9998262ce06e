import { GearmanClient } from "@roadrunner/core/gearman";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startChild } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { names, Site } from "../support/site.ts";
import { until } from "../support/until.ts";

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
    // Through our own client: the gearman tool takes half a minute to read as much.
    const client = new GearmanClient({ servers: [{ host: "127.0.0.1", port: site.gearmand.port }] });
    client.start();
    await until("the client to connect", () => client.state.type === "up");
    const { result } = client.submit({ functionName: "rr-run", unique: "ten-megabytes", workload });
    const answer = await result;
    await client.close();
    expect(answer.kind === "complete" ? JSON.parse(answer.data.toString()) : answer).toMatchObject({
      outcome: "refused",
      reason: expect.stringContaining("10000") as string,
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
