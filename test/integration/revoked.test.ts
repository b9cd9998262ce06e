import { join } from "node:path";
import { controlFunction, encodeControl, type OutcomeMessage } from "@roadrunner/core";
import { GearmanClient } from "@roadrunner/core/gearman";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

let records: TempDir;
let site: Site;
let client: GearmanClient;
beforeAll(async () => {
  records = makeTempDir("records");
  site = await Site.start({
    hosts: names("h", 2),
    workers: 1,
    workerArgs: ["--id", "the-worker", "--record-dir", join(records.path, "r")],
  });
  client = new GearmanClient({ servers: [{ host: "127.0.0.1", port: site.gearmand.port }] });
  client.start();
  await until("the client to connect", () => client.state.type === "up");
});
afterAll(async () => {
  await client.close();
  await site.stop();
  records.remove();
});

let sent = 0;
async function submit(functionName: string, workload: string): Promise<OutcomeMessage> {
  sent += 1;
  const result = await client.submit({ functionName, unique: `revoked-${sent}`, workload }).result;
  if (result.kind !== "complete") throw new Error(JSON.stringify(result));
  return JSON.parse(result.data.toString()) as OutcomeMessage;
}

const run = `20260101-000000-${Date.now().toString(36)}`;
const task = (host: string, again?: object) =>
  submit(
    "rr-run",
    JSON.stringify({
      host,
      command: `${ownFolder}; echo x >> $d/started; until [ -e $HOME/go ]; do sleep 0.1; done; exit 7`,
      delivery: "once",
      task: {
        run,
        slot: 1,
        job: "j",
        attempt: 1,
        client: "c",
        submission: "abcdefgh",
        ...(again && { again }),
      },
    }),
  );

describe("a task that was asked for again and is revoked", () => {
  it("has the end of what an earlier submission started; one that never started is skipped", async () => {
    const first = task("h1");
    await until("it to start", () => site.lines("started").length === 1);
    await submit(
      controlFunction(await site.workerId("the-worker")),
      encodeControl({ type: "revoke", run, client: "c", jobs: ["j"] }),
    );
    const second = task("h1", {});
    expect(await task("h2", {})).toMatchObject({ outcome: "skipped" });
    const early = await Promise.race([second, new Promise((resolve) => setTimeout(resolve, 2000))]);
    expect(early, "an answer while it still runs").toBeUndefined();
    await submit("rr-run", JSON.stringify({ host: "h2", command: "touch $HOME/go" }));
    expect(await first).toMatchObject({ outcome: "failed", exitCode: 7 });
    expect(await second).toMatchObject({ outcome: "failed", exitCode: 7 });
    expect(site.lines("started")).toHaveLength(1);
  });
});
