import { generateKeyPairSync } from "node:crypto";
import type { RunPlan } from "@roadrunner/core";
import { operatorKey, planBodyOf } from "@roadrunner/core/signing";
import { expect, it } from "vitest";
import { signForCarriers } from "../../src/signed-plan/sign-plan.ts";

const plan = {
  name: "shop",
  slots: [{ jobs: [{ name: "j", hosts: [{ name: "h1" }], work: { command: "true" }, retries: 0 }] }],
  finally: [],
} as unknown as RunPlan;
const of = { run: "20261124-091612-abcdefgh", plan, pastAttempts: 0, carriers: [`SHA256:${"A".repeat(43)}`] };
const HOUR = 3_600_000;

it.each([
  ["the operator's certificate, where that ends first", HOUR, HOUR],
  ["the time that is asked for, where that ends first", 100 * HOUR, 24 * HOUR],
  ["the time that is asked for, where there is no certificate", undefined, 24 * HOUR],
])("what is signed for a coordinator is over with %s", async (_what, certificateMs, lastsMs) => {
  const made = operatorKey(generateKeyPairSync("ed25519").privateKey);
  if (!made.ok) throw new Error(made.error);
  const nowMs = Date.now();
  const until = certificateMs === undefined ? {} : { validBeforeMs: nowMs + certificateMs };
  const signed = await signForCarriers({ ...made.value, ...until }, { ...of, lifeMs: 24 * HOUR });
  const { notAfterMs = 0 } = (signed.ok && planBodyOf(signed.value)) || {};
  expect(notAfterMs - nowMs).toBeGreaterThanOrEqual(lastsMs);
  expect(notAfterMs - nowMs).toBeLessThan(lastsMs + 60_000);
});
