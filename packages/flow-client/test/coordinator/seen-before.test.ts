import { generateKeyPairSync } from "node:crypto";
import type { RunEvent, RunPlan } from "@roadrunner/core";
import { fingerprintOf, operatorKey, type OperatorKey, type SignedText } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { describe, expect, it } from "vitest";
import { pastAttemptsOf } from "../../src/coordinator/seen-before.ts";

const RUN = "20261124-091612-abcdefgh";

function newKey(): OperatorKey {
  const made = operatorKey(generateKeyPairSync("ed25519").privateKey);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
const printOf = ({ publicBlob }: OperatorKey): string => fingerprintOf(publicBlob);
const [alice, bob, coordinator] = [newKey(), newKey(), newKey()];

function planOf(command: string, retries = 1): RunPlan {
  const job = { name: "j", hosts: [{ name: "h1" }], work: { command }, retries };
  return { name: "shop", slots: [{ jobs: [job] }], finally: [] } as unknown as RunPlan;
}
const PLAN = planOf("true");

async function signed(
  by: OperatorKey,
  { plan = PLAN, run = RUN, pastAttempts = 0 } = {},
): Promise<SignedText> {
  const of = { run, plan, pastAttempts, carriers: [printOf(coordinator)], lifeMs: 3_600_000 };
  const made = await signForCarriers(by, of);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
const attempts = (...numbers: readonly number[]): readonly RunEvent[] =>
  numbers.map((attempt) => ({ type: "task.asked", attempt }) as RunEvent);
const told = (events = attempts(1), plan = PLAN) => ({ run: RUN, plan, events });
const own = { own: printOf(alice), trusted: undefined };
const refused = (why: RegExp) => ({ ok: false, error: expect.stringMatching(why) as string });

describe("the plan of a run that a coordinator tells of", () => {
  it("is signed anew by whoever signed it before, with the attempts that there have been", async () => {
    expect(pastAttemptsOf(told(attempts(1, 2, 1)), await signed(alice), own)).toEqual({ ok: true, value: 2 });
    const again = await signed(alice, { pastAttempts: 2 });
    expect(pastAttemptsOf(told(attempts(4)), again, own)).toEqual({ ok: true, value: 4 });
  });

  it("is not, where it is another one than was signed before", async () => {
    const before = await signed(alice);
    const evil = told(attempts(1), planOf("id"));
    expect(pastAttemptsOf(evil, before, own)).toEqual(
      refused(/is of another plan than the one that is shown/),
    );
    const ofOther = await signed(alice, { run: "20261124-091612-zzzzzzzz" });
    expect(pastAttemptsOf(told(), ofOther, own)).toEqual(refused(/is of run 20261124-091612-zzzzzzzz/));
  });

  it("of one that has not begun is held against what was signed before, and shown by nothing where nobody has", async () => {
    expect(pastAttemptsOf(told([]), await signed(alice), own)).toEqual({ ok: true, value: 0 });
    expect(pastAttemptsOf(told([], planOf("id")), await signed(alice), own)).toEqual(
      refused(/is of another plan than the one that is shown/),
    );
    expect(pastAttemptsOf(told([]), undefined, own)).toEqual(
      refused(/it has not begun, and cannot be looked at; stop it/),
    );
  });

  it("is not, where what was signed before was altered, or names a key that did not sign it", async () => {
    const evil = planOf("id");
    const ofEvil = await signed(bob, { plan: evil });
    const { signature } = await signed(alice);
    expect(pastAttemptsOf(told(attempts(1), evil), { ...ofEvil, signature }, own)).toEqual(
      refused(/does not hold: its signed plan was not made by the key that it names/),
    );
  });

  it("is not, where more attempts are told of than can have been", async () => {
    expect(pastAttemptsOf(told(attempts(1000)), await signed(alice), own)).toEqual(
      refused(/tells of attempt 1000, and at most 2 were signed/),
    );
  });

  it("is, by another than before, where he takes that one's word for it", async () => {
    const before = await signed(bob);
    expect(pastAttemptsOf(told(), before, own)).toEqual(
      refused(
        new RegExp(`another key than yours, ${printOf(bob).replaceAll("+", "\\+")}.*--signed-by SHA256:`),
      ),
    );
    expect(pastAttemptsOf(told(), before, { ...own, trusted: printOf(bob) })).toEqual({ ok: true, value: 1 });
    expect(pastAttemptsOf(told(), before, { ...own, trusted: "nobody" }).ok).toBe(false);
    const evil = told(attempts(1), planOf("id"));
    expect(pastAttemptsOf(evil, before, { ...own, trusted: printOf(bob) }).ok).toBe(false);
  });

  it("is, where nobody signed it before, only when he says that he knows that", () => {
    expect(pastAttemptsOf(told(), undefined, own)).toEqual(
      refused(/nobody has signed .* --signed-by nobody/),
    );
    expect(pastAttemptsOf(told(), undefined, { ...own, trusted: printOf(bob) }).ok).toBe(false);
    expect(pastAttemptsOf(told(), undefined, { ...own, trusted: "nobody" })).toEqual({ ok: true, value: 1 });
  });
});
