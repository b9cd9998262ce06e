import { expect, onTestFinished, test } from "vitest";
import { adminVersion, Places } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { cutAt, cutEvery, double, flap } from "../support/gearman-faults.ts";
import { GearmanProxy } from "../support/gearman-proxy.ts";
import { until } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  gearmandForTest,
  startClient,
  submit,
  untilUp,
} from "./kit.ts";

failOnLeftovers();

async function proxied() {
  const gearmand = await gearmandForTest();
  const proxy = await GearmanProxy.start(gearmand);
  onTestFinished(() => proxy.close());
  await connectedWorker(
    [gearmand.asServer],
    { f: async ({ workload }) => `got ${workload.toString()}` },
    { places: new Places(10) },
  );
  return { gearmand, proxy };
}

test("what nobody tampers with passes, both protocols, in pieces of any size", async () => {
  const { proxy } = await proxied();
  const client = await connectedClient([proxy.asServer]);
  const long = "x".repeat(3_000_000);
  expect(await completeText(submit(client, "f", { workload: long }))).toBe(`got ${long}`);
  expect(await adminVersion(proxy.asServer)).toMatchObject({ ok: true });
  expect(proxy.made).toBe(2);
});

test("packets are doubled, connections cut at a packet, and the server comes and goes", async () => {
  const { proxy } = await proxied();
  const client = await connectedClient([proxy.asServer]);
  const heard: string[] = [];
  proxy.tamper(double("WORK_COMPLETE"));
  await completeText(submit(client, "f", { onAccepted: (handle) => heard.push(handle) }));
  expect(heard).toHaveLength(1);
  proxy.tamper(cutAt("JOB_CREATED"));
  expect(await submit(client, "f").result).toMatchObject({ kind: "lost" });
  proxy.tamper(cutEvery(1));
  const cut = startClient([proxy.asServer]);
  await until("some attempts", () => cut.state.type === "connecting" && cut.state.attempt > 2);
  proxy.tamper();
  await untilUp(cut);
  const made = proxy.made;
  const stop = flap(proxy, 50, 50);
  await until("connections to be made anew", () => proxy.made > made + 4);
  stop();
  await untilUp(client);
  expect(await completeText(submit(client, "f"))).toBe("got ");
});
