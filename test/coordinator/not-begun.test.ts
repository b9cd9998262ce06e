import { rmSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeKeys, type Keys } from "../security/keys.ts";
import { keyOfFile } from "../security/sign-as.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
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

/** Waits for its coordinator's key, which is another one by now than alice signed for. */
async function waiting(name: string): Promise<{ readonly run: string; readonly alice: string }> {
  const plan = planOf({ name, slots: [{ jobs: [{ hosts: "h1", command: "true" }] }] });
  const handOver = handOverOf(plan);
  const { run } = handOver;
  const carriers = [fingerprintOf(keyOfFile(`${keys.path}/carrier`).publicBlob)];
  const of = { run, plan, pastAttempts: 0, carriers, lifeMs: 3_600_000 };
  const alice = keys.make(`alice-${name}`);
  const signed = await signForCarriers(keyOfFile(alice), of);
  if (!signed.ok) throw new Error(signed.error);
  await kit.handOver(plan, { ...handOver, signed: signed.value });
  await kit.program.stop();
  for (const file of ["carrier", "carrier.pub"]) rmSync(`${keys.path}/${file}`);
  keys.make("carrier");
  await kit.restart();
  await until("it to wait", async () =>
    /lets other coordinators carry the run, and not this one/.test((await kit.row(run)).reason ?? ""),
  );
  return { run, alice };
}

it("a run that has not begun is stopped, although its coordinator has another key by now than was signed for", async () => {
  const { run } = await waiting("early");
  expect(await kit.ask("POST", `/runs/${run}/stop`)).toMatchObject({ status: 200 });
  expect(await kit.ended(run, 5000)).toBe("cancelled");
});

it("a run that has not begun is signed anew, as the one that the same key signed before", async () => {
  const { run, alice } = await waiting("anew");
  const sign = (key: string) => {
    const env = { RR_COORDINATOR: `unix:${kit.socket}`, RR_SIGN_KEY: key };
    return runSubmit(["sign", run], { home: join(kit.home.path, "operator"), env });
  };
  expect(await sign(keys.make("bob"))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("was signed by another key than yours") as string,
  });
  const signed = await sign(alice);
  expect(signed, signed.stderr).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/it may go on until 20/) as string,
  });
  expect(await kit.ask("POST", `/runs/${run}/stop`)).toMatchObject({ status: 200 });
});
