import { generateKeyPairSync } from "node:crypto";
import { operatorKey, signPlan, type OperatorKey } from "@roadrunner/core/signing";
import { describe, expect, it } from "vitest";
import { MOST_BEFORE, signedAnew } from "../../../src/carry/kept/sign-anew.ts";

function newKey(): OperatorKey {
  const made = operatorKey(generateKeyPairSync("ed25519").privateKey);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
let count = 0;
/** As the store has it. */
async function word(by: OperatorKey, principal?: string): Promise<string> {
  const digest = "a".repeat(64);
  const of = { run: "r", plan: digest, root: digest, leaves: 1, pastAttempts: 0 };
  const carriers = [`SHA256:${"A".repeat(43)}`];
  const fields = { ...of, carriers, ...(principal === undefined ? {} : { principal }) };
  const signed = await signPlan(by, fields, { issuedMs: (count += 1), lifeMs: 1000 });
  if (!signed.ok) throw new Error(signed.error);
  return JSON.stringify(signed.value);
}
const [alice, bob] = [newKey(), newKey()];

describe("what is kept of a run's plan when it is signed anew", () => {
  it("is nothing earlier of the same operator, and of each other one the last", async () => {
    const [first, second, ofBob, third] = [
      await word(alice),
      await word(alice),
      await word(bob),
      await word(alice),
    ];
    expect(signedAnew({ before: [] }, first)).toEqual({ signed: first, before: [], insteadOf: undefined });
    expect(signedAnew({ signed: first, before: [] }, second)).toEqual({
      ...{ signed: second, before: [], insteadOf: first },
    });
    expect(signedAnew({ signed: second, before: [] }, ofBob)).toMatchObject({ before: [second] });
    expect(signedAnew({ signed: ofBob, before: [second] }, third)).toEqual({
      ...{ signed: third, before: [ofBob], insteadOf: ofBob },
    });
  });

  it("is another one's of a key that signs as several", async () => {
    const [asAlice, asOps] = [await word(alice, "alice"), await word(alice, "ops")];
    expect(signedAnew({ signed: asAlice, before: [] }, asOps)).toMatchObject({ before: [asAlice] });
  });

  it("has a bound, and what cannot be read is left out", async () => {
    const many = await Promise.all(Array.from({ length: MOST_BEFORE + 5 }, async () => word(newKey())));
    const [signed = "", ...before] = many;
    const kept = signedAnew({ signed, before: ["{", ...before] }, await word(bob));
    expect(kept.before).toEqual([signed, ...before].slice(0, MOST_BEFORE));
  });
});
