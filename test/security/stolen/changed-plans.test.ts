import type { WrittenWorkload } from "@roadrunner/core";
import { LOGIN_NAMESPACE, loginText, signSsh, type SignedText } from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../../support/leak-check.ts";
import { taskOf } from "./shop.ts";
import { ALTERED, HOUR, printOf, REFUSED, refusalOf, TakenCoordinator } from "./taken-coordinator.ts";
import type { Changed, Message } from "./thief.ts";

failOnLeftovers();

let taken: TakenCoordinator;
beforeAll(async () => {
  taken = await TakenCoordinator.start();
});
afterAll(async () => taken.stop());

describe("a coordinator that was taken has a worker run nothing by a plan that was not signed for it", () => {
  it.each<[string, () => Promise<Changed<WrittenWorkload>>, RegExp]>([
    ["no plan at all", async () => ({ signed: null }), /is not among the allowed signers/],
    [
      "a plan past its time",
      async () => ({
        signed: await taken.signedPlan(taken.signers.alice, taken.thief.stolen.run, taken.thief.stolen.plan, {
          lifeMs: -6 * 60_000,
        }),
      }),
      /its signed plan expired at .*: sign it anew/,
    ],
    [
      "a plan for longer than may be",
      async () => ({
        signed: await taken.signedPlan(taken.signers.alice, taken.thief.stolen.run, taken.thief.stolen.plan, {
          lifeMs: 31 * 24 * HOUR,
        }),
      }),
      /is for longer than 30 days/,
    ],
    [
      "a plan of another run",
      async () => ({
        signed: await taken.signedPlan(
          taken.signers.alice,
          "20260101-000000-aaaaaaaa",
          taken.thief.stolen.plan,
        ),
      }),
      /its signed plan is that of another run/,
    ],
    [
      "the certificate of another run",
      async () => ({ run: "20260101-000000-aaaaaaaa" }),
      /that of another run/,
    ],
    ["the certificate of another plan", async () => ({ digest: "0".repeat(64) }), /that of another run/],
    [
      "a plan that one signed who may not",
      async () => ({
        signed: await taken.signedPlan(
          taken.signers.mallory,
          taken.thief.stolen.run,
          taken.thief.stolen.plan,
        ),
      }),
      /is not among the allowed signers/,
    ],
    [
      "a plan that he signed himself",
      async () => ({
        signed: await taken.signedPlan(
          taken.signers.coordinator,
          taken.thief.stolen.run,
          taken.thief.stolen.plan,
        ),
      }),
      /is not among the allowed signers/,
    ],
    [
      "a plan as another principal",
      async () => ({
        signed: await taken.signedPlan(taken.signers.alice, taken.thief.stolen.run, taken.thief.stolen.plan, {
          principal: "root@example.com",
        }),
      }),
      /may not sign as "root@example.com"/,
    ],
    [
      "a plan whose principal was altered",
      async () => ({
        signed: altered(taken.thief.stolen.signed, (body) => ({ ...body, principal: "root" })),
      }),
      /its signed plan was not made by the key that it names/,
    ],
    [
      "a plan whose end was altered",
      async () => ({
        signed: altered(taken.thief.stolen.signed, (body) => ({
          ...body,
          notAfterMs: Date.now() + 48 * HOUR,
        })),
      }),
      /its signed plan was not made by the key that it names/,
    ],
    [
      "a plan for another coordinator",
      async () => ({
        signed: await taken.signedPlan(taken.signers.alice, taken.thief.stolen.run, taken.thief.stolen.plan, {
          carriers: [printOf(taken.signers.mallory)],
        }),
      }),
      /is none of those that its operator lets carry the run/,
    ],
    [
      "what she signed to log in",
      async () => {
        const body = loginText({ server: "coordinator:4780", challenge: "c" });
        const signature = await signSsh(Buffer.from(body), LOGIN_NAMESPACE, taken.signers.alice);
        if (!signature.ok) throw new Error(signature.error);
        return { signed: { body, signature: signature.value } };
      },
      /its signed plan was not made by the key that it names, or not for Roadrunner/,
    ],
    [
      "a run's certificate of another key",
      async () => ({ by: taken.signers.mallory }),
      /is none of those that its operator lets/,
    ],
  ])("%s", async (_what, changed, why) => {
    const ref = taskOf(taken.thief.stolen.plan, "tidy");
    expect(await refusalOf(taken, await taken.thief.task(ref, await changed()), why)).toMatchObject(REFUSED);
  });
});

function altered(
  { body, signature }: SignedText,
  change: (body: Record<string, unknown>) => Record<string, unknown>,
): SignedText {
  return { body: JSON.stringify(change(JSON.parse(body) as Record<string, unknown>)), signature };
}

describe("JSON that may be read in two ways is read in one", () => {
  const tidy = async (text: (text: string) => string): Promise<Message> =>
    taken.thief.task(taskOf(taken.thief.stolen.plan, "tidy"), { text });

  it.each<[string, (text: string) => string, RegExp]>([
    ["a command twice, the other one last", (text) => text.replace(/}$/, ',"command":"id"}'), ALTERED],
    ["a host twice", (text) => text.replace(/}$/, ',"host":"h2"}'), /signed for another task/],
    ["a variable as __proto__", (text) => text.replace(/}$/, ',"env":{"__proto__":"evil"}}'), ALTERED],
    [
      "variables as __proto__",
      (text) => text.replace(/}$/, ',"__proto__":{"become":true}}'),
      /Unrecognized key: "__proto__"/,
    ],
    ["a user of null", (text) => text.replace(/}$/, ',"user":null}'), /not valid/],
    [
      "a number that is none",
      (text) => text.replace('"connectTimeoutMs":60000', '"connectTimeoutMs":1e999'),
      /not valid/,
    ],
    ["an escape of another letter", (text) => text.replace("tidy", "\\u0074idX"), ALTERED],
    ["half a letter in the command", (text) => text.replace('"command":"', '"command":"\\ud800'), ALTERED],
  ])("%s: refused", async (_what, change, why) => {
    expect(await refusalOf(taken, await tidy(changedBy(change)), why)).toMatchObject(REFUSED);
  });

  it.each<[string, (text: string) => string]>([
    ["a command twice, the signed one last", (text) => text.replace(/^{/, '{"command":"id",')],
    [
      "the same number otherwise",
      (text) => text.replace('"connectTimeoutMs":60000', '"connectTimeoutMs":6.0e4'),
    ],
    ["the same letter otherwise", (text) => text.replace('"host":"h1"', '"h\\u006fst":"\\u00681"')],
  ])("%s: it is what was signed, and that runs", async (_what, change) => {
    const before = taken.ran();
    expect(await taken.send(await tidy(changedBy(change)))).toMatchObject({ outcome: "ok" });
    expect(taken.ran()).toEqual([...before, "tidy"].toSorted());
  });
});

/** Which does change it. */
function changedBy(change: (text: string) => string): (text: string) => string {
  return (text) => {
    const made = change(text);
    expect(made).not.toBe(text);
    return made;
  };
}
