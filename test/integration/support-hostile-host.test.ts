import { expect, onTestFinished, test } from "vitest";
import { makeGround } from "../remote/ground.ts";
import { startHostileHost, type HostedVisit } from "../support/hostile-host.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

async function visited(script: (visit: HostedVisit) => Promise<void>): Promise<{ stop(): Promise<void> }> {
  const host = await startHostileHost(script);
  const ground = makeGround(host.sshConfigFile);
  onTestFinished(() => ground.close());
  expect(await ground.run({ connectTimeoutMs: 300 })).toMatchObject({ outcome: "unreachable" });
  return host;
}

test("a script that waits for what can no more come ends when its visitor has left", async () => {
  const ended: string[] = [];
  const host = await visited(async (visit) => {
    await visit.got(/never/).finally(() => ended.push("in time"));
    ended.push("went on");
  });
  await until("the script to end", () => ended.length > 0);
  await host.stop();
  expect(ended).toEqual(["in time"]);
});

test("what a script throws is told by stop", async () => {
  const host = await visited(async (visit) => {
    visit.exit(1);
    throw new Error("a fault of the script");
  });
  await expect(host.stop()).rejects.toMatchObject({ errors: [{ message: "a fault of the script" }] });
});
