import { rmSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeKeys, type Keys } from "../security/keys.ts";
import { keyOfFile } from "../security/sign-as.ts";
import { findFreePort } from "../support/free-port.ts";
import { startGearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { CoordinatorKit, handOverOf, planOf } from "./kit.ts";

failOnLeftovers();

let keys: Keys;
let kit: CoordinatorKit;
let port: number;
beforeAll(async () => {
  keys = makeKeys();
  // No job server is there: nothing begins.
  port = await findFreePort("127.0.0.1");
  kit = await CoordinatorKit.start(["--servers", `127.0.0.1:${port}`, "--sign-key", keys.make("carrier")]);
});
afterAll(async () => {
  await kit.stop();
  keys.remove();
});

/** Waits for its coordinator's key, which is another one by now than alice signed for. */
async function waiting(name: string): Promise<{ readonly run: string; readonly alice: string }> {
  const waits = await handedOver(name);
  await otherKey();
  await until("it to wait", async () => isLeftToOthers(waits.run));
  return waits;
}

async function handedOver(name: string): Promise<{ readonly run: string; readonly alice: string }> {
  const plan = planOf({
    name,
    slots: [{ jobs: [{ hosts: "h[1-5]", command: "true" }] }],
    finally: [{ jobs: [{ hosts: "h1", command: "true" }] }],
  });
  const handOver = handOverOf(plan);
  const { run } = handOver;
  const carriers = [fingerprintOf(keyOfFile(`${keys.path}/carrier`).publicBlob)];
  const of = { run, plan, pastAttempts: 0, carriers, lifeMs: 3_600_000 };
  const alice = keys.make(`alice-${name}`);
  const signed = await signForCarriers(keyOfFile(alice), of);
  if (!signed.ok) throw new Error(signed.error);
  await kit.handOver(plan, { ...handOver, signed: signed.value });
  return { run, alice };
}

async function otherKey(): Promise<void> {
  await kit.program.stop();
  for (const file of ["carrier", "carrier.pub"]) rmSync(`${keys.path}/${file}`);
  keys.make("carrier");
  await kit.restart();
}

async function isLeftToOthers(run: string): Promise<boolean> {
  return /lets other coordinators carry the run, and not this one/.test((await kit.row(run)).reason ?? "");
}

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

it("runs that have not begun are stopped, although their coordinator has another key by now than was signed for, and nothing of them goes to a job server", async () => {
  const runs: string[] = [];
  for (let index = 0; index < 3; index += 1) runs.push((await handedOver(`early-${index}`)).run);
  await kit.program.stop();
  const gearmand = await startGearmand({ port });
  try {
    await otherKey();
    await until("them to wait", async () => (await Promise.all(runs.map(isLeftToOthers))).every(Boolean));
    await Promise.all(runs.map((run) => kit.ask("POST", `/runs/${run}/stop`)));
    for (const run of runs) expect(await kit.ended(run)).toBe("cancelled");
    // A job server knows of a function as soon as one job of it was submitted.
    expect(await gearmand.admin("status")).not.toContain("rr-run");
  } finally {
    await gearmand.stop();
  }
});
