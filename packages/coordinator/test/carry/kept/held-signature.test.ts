import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operatorKey, type OperatorKey } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, expect, it } from "vitest";
import { planOf } from "../../../../../test/support/plans.ts";
import { Gate } from "../../../src/carry/gate.ts";
import { putAnew } from "../../../src/carry/kept/put-anew.ts";
import { checkSigned, HeldSignature, type Signature } from "../../../src/carry/kept/signed-runs.ts";
import { openStore } from "../../../src/store/open-store.ts";
import type { Store } from "../../../src/store/store.ts";

const folder = mkdtempSync(join(tmpdir(), "rr-held-"));
const carrier = `SHA256:${"A".repeat(43)}`;
const run = "20261124-091612-abcdefgh";
const plan = planOf({ name: "j", hosts: [{ name: "a" }, { name: "b" }] });
let store: Store;
const warned: string[] = [];

beforeAll(async () => {
  const opened = await openStore(join(folder, "store.db"), "one");
  if (!opened.ok) throw new Error(opened.error.reason);
  store = opened.value;
  const of = { run, flow: "j", by: "ann@desk", handOver: "{}", concurrent: false };
  const accepted = await store.accept({ ...of, signed: (await signedBy(alice)).text });
  if (!accepted.ok) throw new Error("it was not accepted");
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function newKey(): OperatorKey {
  const made = operatorKey(generateKeyPairSync("ed25519").privateKey);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
const [alice, bob, carol] = [newKey(), newKey(), newKey()];

async function signedBy(by: OperatorKey, pastAttempts = 0, carriers = [carrier]): Promise<Signature> {
  const signed = await signForCarriers(by, { run, plan, pastAttempts, carriers, lifeMs: 3_600_000 });
  if (!signed.ok) throw new Error(signed.error);
  const checked = await checkSigned(signed.value, { run, plan, carrier: carriers[0] });
  if (!checked.ok || checked.value === undefined) throw new Error("it does not hold");
  return checked.value;
}

const held = (checked?: Signature): HeldSignature => {
  const log = { warn: (_: string, { reason }: { reason: string }) => warned.push(reason) } as never;
  return new HeldSignature({ store, carrier, loading: new Gate(1), log }, run, checked);
};
async function loaded(of: HeldSignature) {
  const plans = await of.load(plan);
  if (!plans.ok || plans.value === undefined) throw new Error("it was not loaded");
  return plans.value;
}

it("what was checked just now is what is carried: its tree is not made once more", async () => {
  const first = held();
  const before = await loaded(first);
  const anew = await signedBy(bob, 1);
  expect(await putAnew(store, run, anew.text)).toEqual({ ok: true, value: true });
  first.willBe(anew);
  const after = await loaded(first);
  expect(after).toBe(before);
  expect(after.all[0]).toBe(anew.plan);
  expect(after.all.map(({ body }) => body.pastAttempts)).toEqual([1, 0]);
});

it("whoever takes the run over has the words of all who signed it, but not of those who name other keys", async () => {
  expect((await loaded(held())).operators).toHaveLength(2);
  const ofOther = await signedBy(carol, 1, [`SHA256:${"B".repeat(43)}`]);
  await putAnew(store, run, ofOther.text);
  await putAnew(store, run, (await signedBy(alice, 2)).text);
  const plans = await loaded(held());
  expect(plans.all.map(({ body }) => body.pastAttempts)).toEqual([2, 1]);
  expect(warned).toEqual([expect.stringContaining("lets other coordinators carry the run")]);
});
