import { rmSync } from "node:fs";
import { fingerprintOf } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeKeys, type Keys } from "../security/keys.ts";
import { keyOfFile } from "../security/sign-as.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import { CoordinatorKit, handOverOf, planOf } from "./kit.ts";

failOnLeftovers();

let keys: Keys;
let kit: CoordinatorKit;
beforeAll(async () => {
  keys = makeKeys();
  // No job server is there: nothing begins.
  kit = await CoordinatorKit.start(["--servers", "127.0.0.1:1", "--sign-key", keys.make("carrier")]);
});
afterAll(async () => {
  await kit.stop();
  keys.remove();
});

it("a run that has not begun is stopped, although its coordinator has another key by now than was signed for", async () => {
  const plan = planOf({ name: "early", slots: [{ jobs: [{ hosts: "h1", command: "true" }] }] });
  const handOver = handOverOf(plan);
  const { run } = handOver;
  const carriers = [fingerprintOf(keyOfFile(`${keys.path}/carrier`).publicBlob)];
  const of = { run, plan, pastAttempts: 0, carriers, lifeMs: 3_600_000 };
  const signed = await signForCarriers(keyOfFile(keys.make("alice")), of);
  if (!signed.ok) throw new Error(signed.error);
  await kit.handOver(plan, { ...handOver, signed: signed.value });
  await kit.program.kill();
  for (const file of ["carrier", "carrier.pub"]) rmSync(`${keys.path}/${file}`);
  keys.make("carrier");
  await kit.restart();
  await until("it to wait", async () =>
    /lets other coordinators carry the run, and not this one/.test((await kit.row(run)).reason ?? ""),
  );
  expect(await kit.ask("POST", `/runs/${run}/stop`)).toMatchObject({ status: 200 });
  expect(await kit.ended(run, 5000)).toBe("cancelled");
});
