import { gateId, uniqueOf, type GateQuestion } from "@roadrunner/core";
import { keyOf } from "@roadrunner/core/signing";
import { describe, expect, it } from "vitest";
import { Authority } from "../../src/authority/authority.ts";
import {
  alice,
  bob,
  folder,
  newSigner,
  nobody,
  NOW,
  opener,
  refused,
  RUN,
  signedBy,
  workload,
} from "./ground.ts";

const open = opener(folder());
const mallory = newSigner("mallory");

const question = (fields: object = {}, gate: object = {}): GateQuestion => ({
  gate: { name: "up", run: RUN, slot: 1, job: "j", ask: 1, client: "c-1", submission: "abcd1234", ...gate },
  timeoutMs: 1000,
  http: { url: "http://shop/health" },
  ...fields,
});
const uniqueFor = ({ gate }: GateQuestion) => uniqueOf(keyOf(gateId(gate)), gate.submission);

async function signed(
  by: typeof alice,
  what: GateQuestion,
  {
    kind = "gate",
    unique = uniqueFor(what),
    run = RUN,
  }: { kind?: "gate" | "task"; unique?: string; run?: string } = {},
) {
  const to = { function: "rr-gate", unique };
  return { text: await by.sign(kind, to, JSON.stringify(what), run), functionName: "rr-gate", unique };
}

describe("a gate's question", () => {
  it("is taken unsigned where nothing need be signed, whatever its unique", () => {
    const message = { text: JSON.stringify(question()), functionName: "rr-gate", unique: "" };
    expect(Authority.none().gate(message, NOW)).toEqual({ ok: true, value: { value: question() } });
  });

  it("is taken once of who may sign, and of nobody else", async () => {
    const { authority } = open();
    const message = await signed(alice, question());
    expect(authority.gate(message, NOW)).toMatchObject({
      ok: true,
      value: { value: question(), signer: { principal: "alice" } },
    });
    expect(authority.gate(message, NOW)).toEqual(refused(/replayed/, { notTaken: "replayed" }));
    expect(authority.gate(await signed(mallory, question()), NOW)).toEqual(refused(/mallory|key/));
    const unsigned = { ...message, text: JSON.stringify(question()) };
    expect(authority.gate(unsigned, NOW)).toEqual(refused(/not signed/));
    const late = await signed(alice, question({}, { submission: "late1234" }));
    expect(authority.gate(late, NOW + 21 * 60_000)).toEqual(refused(/./, { notTaken: "expired" }));
  });

  it("is of the run, the ask, the kind and the function that were signed for", async () => {
    const { authority } = open();
    const other = question({}, { ask: 2 });
    const cases: [RegExp, Awaited<ReturnType<typeof signed>>][] = [
      [/another run/, await signed(alice, question({}, { run: "20261124-091612-othersrn" }))],
      [/another ask of a gate/, await signed(alice, question(), { unique: uniqueFor(other) })],
      [/altered/, await signed(alice, question(), { kind: "task" })],
      [/signed for rr-gate/, { ...(await signed(alice, question())), functionName: "rr-gate.dc1" }],
      [/another submission/, { ...(await signed(alice, question())), unique: uniqueFor(other) }],
    ];
    for (const [why, message] of cases) expect(authority.gate(message, NOW)).toEqual(refused(why));
  });

  it("asks either prometheus or http", async () => {
    const { authority } = open();
    const both = question({ prometheus: { url: "http://p", query: "up" } });
    expect(authority.gate(await signed(alice, both), NOW)).toEqual(refused(/either prometheus or http/));
  });

  it("has a rule of the policy, and the secret that it names of one of them", async () => {
    const rules = [
      { principals: "alice", hosts: "fe1", users: ["deploy"], secrets: ["prom"] },
      { principals: "alice,carol", hosts: "fe2", users: ["deploy"] },
    ];
    const { authority } = open({ rules });
    let count = 0;
    const asked = async (by: typeof alice, token?: string) => {
      count += 1;
      const http = { url: "http://shop", ...(token === undefined ? {} : { token }) };
      return authority.gate(await signed(by, question({ http }, { submission: `abcd${1000 + count}` })), NOW);
    };
    expect(await asked(alice)).toMatchObject({ ok: true });
    expect(await asked(alice, "prom")).toMatchObject({ ok: true });
    expect(await asked(alice, "other")).toEqual(refused(/does not give alice the secret other/));
    expect(await asked(bob)).toEqual(refused(/no rule of the policy is for bob/));
  });

  it.each(["../../etc/shadow", "a/b", "", "a\0b"])("names no file outside the secrets: %j", (token) => {
    const http = { url: "http://shop", token };
    const message = { text: JSON.stringify(question({ http })), functionName: "rr-gate", unique: "" };
    expect(Authority.none().gate(message, NOW)).toEqual(refused(/token/));
  });
});

describe("a workload", () => {
  const { task } = workload();
  if (task === undefined) throw new Error("no task");
  const ofGate = workload({ delivery: "repeatable", task: { ...task, gate: "up" } });
  const came = (functionName: string, what: object) =>
    Authority.none().task({ text: JSON.stringify(what), functionName, unique: "" }, NOW, nobody);

  it("that a gate asks is taken on the gates' function alone, and no other one there", () => {
    expect(came("rr-gate", ofGate)).toMatchObject({ ok: true });
    expect(came("rr-gate.dc1", ofGate)).toMatchObject({ ok: true });
    expect(came("rr-run", ofGate)).toEqual(refused(/what a gate asks is not taken as rr-run/));
    expect(came("rr-gate", workload())).toEqual(refused(/rr-gate takes what gates ask, and no tasks/));
    expect(came("rr-gate.dc1", { host: "db1", command: "true" })).toEqual(refused(/and no tasks/));
  });

  it("that a gate asks is signed for that gate", async () => {
    const { authority } = open();
    const message = await signedBy(alice, ofGate, undefined, "rr-gate");
    expect(authority.task(message, NOW, nobody)).toMatchObject({ ok: true });
    const other = workload({ delivery: "repeatable", task: { ...task, gate: "other" } });
    const swapped = await signedBy(alice, other, message.unique, "rr-gate");
    expect(authority.task(swapped, NOW, nobody)).toEqual(refused(/signed for another task/));
  });
});
