import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operatorKey, type OperatorKey } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

describe("what the store has in its place", () => {
  const otherRun = "20261124-091612-bbbbbbbb";
  const otherPlan = planOf({ name: "j", hosts: [{ name: "evil" }] });
  const textOf = async (of: object = {}): Promise<string> => {
    const signed = await signForCarriers(alice, {
      ...{ run, plan, pastAttempts: 3, carriers: [carrier], lifeMs: 3_600_000 },
      ...of,
    });
    if (!signed.ok) throw new Error(signed.error);
    return JSON.stringify(signed.value);
  };

  it.each<[string, () => Promise<string>, string]>([
    ["of another run", async () => textOf({ run: otherRun }), `its signed plan is of run ${otherRun}; `],
    ["of another plan", async () => textOf({ plan: otherPlan }), "its signed plan is of another plan; "],
    [
      "with another text than was signed",
      async () => (await textOf()).replace(String.raw`\"pastAttempts\":3`, String.raw`\"pastAttempts\":9`),
      "its signed plan was not made by the key that it names, or not for Roadrunner; ",
    ],
    ["no signed plan", async () => Promise.resolve("{}"), "its signed plan cannot be read; "],
  ])("%s: nobody is told to sign that", async (_what, text, why) => {
    await putAnew(store, run, await text());
    const found = held();
    const plans = await found.load(plan);
    expect(plans).toEqual({
      ok: false,
      error: expect.stringMatching(/^.*was changed.*look at the coordinator's box.*as a new run$/) as string,
    });
    expect(plans).toEqual({ ok: false, error: expect.stringContaining(why) as string });
    expect(JSON.stringify(plans)).not.toContain("sign it anew");
    expect(found.isChanged).toBe(true);
  });

  it("for other coordinators: it is to be signed anew", async () => {
    await putAnew(store, run, await textOf({ carriers: [`SHA256:${"B".repeat(43)}`] }));
    const found = held();
    expect(await found.load(plan)).toEqual({
      ok: false,
      error: expect.stringMatching(/lets other coordinators.*; sign it anew: rr-submit sign \S+$/) as string,
    });
    expect(found.isChanged).toBe(false);
  });
});
