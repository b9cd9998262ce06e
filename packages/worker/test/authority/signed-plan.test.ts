import { generateKeyPairSync } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import {
  fingerprintOf,
  MerkleTree,
  operatorKey,
  proofOf,
  questionLeaf,
  signCertificate,
  signMessage,
  signPlan,
  taskLeaf,
  workDigest,
  type OperatorKey,
  type PlanBody,
  type PlanProof,
  type SignedText,
} from "@roadrunner/core/signing";
import { gateId, uniqueOf, type GateQuestion, type WrittenWorkload } from "@roadrunner/core";
import { keyOf } from "@roadrunner/core/signing";
import { describe, expect, it } from "vitest";
import { certified } from "../../../core/test/signing/certificates.ts";
import {
  bob,
  file,
  folder,
  nobody,
  NOW,
  opener,
  refused,
  RUN,
  signedBy,
  signerOf,
  uniqueFor,
  workload,
} from "./ground.ts";
import { Authority } from "../../src/authority/authority.ts";

const root = folder();
const open = opener(root);
const HOUR = 3_600_000;
const PLAN = "a".repeat(64);

function newKey(): OperatorKey {
  const made = operatorKey(generateKeyPairSync("ed25519").privateKey);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
const lineOf = (name: string, { publicBlob }: OperatorKey): string =>
  `${name} ssh-ed25519 ${publicBlob.toString("base64")}\n`;
const printOf = ({ publicBlob }: OperatorKey): string => fingerprintOf(publicBlob);

const carol = newKey();
/** Its key is no signer of the workers. */
const coordinator = newKey();
const SIGNERS = lineOf("carol", carol) + bob.line;

const HOSTS = ["db1", "db2", "db3"];
const task = (host: string, fields: Partial<WrittenWorkload> = {}, attempt = 1) =>
  workload({ host, ...fields, task: { ...workload().task!, attempt } });
const QUESTION: GateQuestion = {
  v: 1,
  gate: { name: "latency", run: RUN, slot: 1, job: "j", ask: 4, client: "c-1", submission: "abcd1234" },
  timeoutMs: 1000,
  http: { url: "http://shop/" },
};
const TERMS = { attempts: 2 };
const tree = await MerkleTree.of([
  ...HOSTS.map((host) => taskLeaf(task(host), TERMS, workDigest(task(host)))),
  questionLeaf(QUESTION),
]);

const STATEMENT: Omit<PlanBody, "v" | "issuedMs" | "notAfterMs"> = {
  run: RUN,
  plan: PLAN,
  root: tree.root.toString("hex"),
  leaves: tree.size,
  pastAttempts: 0,
  carriers: [printOf(newKey()), printOf(coordinator)],
};
async function statement(
  by: OperatorKey = carol,
  fields: Partial<typeof STATEMENT> = {},
  { issuedMs = NOW, lifeMs = 24 * HOUR } = {},
): Promise<SignedText> {
  const signed = await signPlan(by, { ...STATEMENT, ...fields }, { issuedMs, lifeMs });
  if (!signed.ok) throw new Error(signed.error);
  return signed.value;
}
const GOOD = await statement();
const proof = (host: string): PlanProof => {
  const index = HOSTS.indexOf(host);
  return proofOf(index, tree.path(index), TERMS);
};

interface Sent {
  readonly plan?: SignedText;
  readonly proof?: PlanProof | undefined;
  readonly by?: OperatorKey;
  readonly run?: string;
  readonly digest?: string;
  readonly atMs?: number;
}
async function message(
  kind: "task" | "control" | "gate",
  to: { readonly function: string; readonly unique: string },
  body: string,
  { plan = GOOD, proof: shown, by = coordinator, run = RUN, digest = PLAN, atMs = NOW }: Sent,
) {
  const fresh = generateKeyPairSync("ed25519");
  const certificate = await signCertificate(by, { run, plan: digest }, fresh.publicKey, atMs);
  if (!certificate.ok) throw new Error(certificate.error);
  const signer = { key: fresh.privateKey, certificate: certificate.value };
  const planned = { plan, ...(shown === undefined ? {} : { proof: shown }) };
  return {
    text: signMessage(kind, to, body, signer, atMs, planned),
    functionName: to.function,
    unique: to.unique,
  };
}
const sentTask = async (what: WrittenWorkload, sent: Sent) =>
  message("task", { function: "rr-run", unique: uniqueFor(what) }, JSON.stringify(what), sent);

async function taken(what: WrittenWorkload, sent: Sent, signers = SIGNERS) {
  const { atMs = NOW } = sent;
  return open(undefined, signers).authority.task(await sentTask(what, sent), atMs, nobody);
}

describe("a worker that is given a task by somebody who carries the run of an operator", () => {
  it("takes what that one signed, and knows whose it is and who carries it", async () => {
    expect(await taken(task("db2"), { proof: proof("db2") })).toMatchObject({
      ok: true,
      value: {
        value: { host: "db2", owner: `carol ${printOf(carol)}` },
        signer: { principal: "carol", fingerprint: printOf(carol), carrier: printOf(coordinator) },
      },
    });
    expect((await taken(task("db2", {}, 2), { proof: proof("db2") })).ok).toBe(true);
  });

  it.each<[string, WrittenWorkload, PlanProof | undefined, RegExp]>([
    [
      "another command",
      task("db1", { command: "id" }),
      proof("db1"),
      /not in the plan that the operator signed/,
    ],
    ["a host more", task("db4"), proof("db1"), /not in the plan that the operator signed/],
    ["another user", task("db1", { user: "root" }), proof("db1"), /not in the plan that the operator signed/],
    [
      "a variable",
      task("db1", { env: { A: "1" } }),
      proof("db1"),
      /not in the plan that the operator signed/,
    ],
    ["sudo", task("db1", { become: true }), proof("db1"), /not in the plan that the operator signed/],
    ["an attempt too many", task("db1", {}, 3), proof("db1"), /attempt 3 is more than the 2/],
    ["more attempts", task("db1", {}, 3), { ...proof("db1"), attempts: 3 }, /not in the plan/],
    ["another one's path", task("db1"), proof("db2"), /not in the plan that the operator signed/],
    ["no path", task("db1"), undefined, /where it stands in the signed plan/],
    [
      "a path too long",
      task("db1"),
      { ...proof("db1"), path: `${proof("db1").path.replace(/=*$/, "")}AAAA` },
      /not in the plan/,
    ],
    ["an index beyond the tree", task("db1"), { ...proof("db1"), index: 2 ** 40 }, /not in the plan/],
  ])("refuses %s", async (_, what, shown, why) => {
    expect(await taken(what, { proof: shown })).toEqual(
      refused(why, {
        blame: "submission",
        signer: expect.objectContaining({ principal: "carol" }) as object,
      }),
    );
  });

  it("refuses a plan of another run, and one whose digest is another", async () => {
    const other = "20261124-000000-zzzzzzzz";
    const ofOther = await statement(carol, { run: other });
    expect(await taken(task("db1"), { plan: ofOther, proof: proof("db1") })).toEqual(
      refused(/that of another run/),
    );
    const what = { ...task("db1"), task: { ...task("db1").task!, run: other } };
    expect(await taken(what, { run: other, proof: proof("db1") })).toEqual(refused(/that of another run/));
    expect(await taken(what, { plan: ofOther, proof: proof("db1") })).toEqual(refused(/that of another run/));
    expect(await taken(task("db1"), { digest: "b".repeat(64), proof: proof("db1") })).toEqual(
      refused(/that of another run/),
    );
  });

  it("refuses a plan for other coordinators, and a certificate by any other key", async () => {
    const others = await statement(carol, { carriers: [printOf(newKey())] });
    expect(await taken(task("db1"), { plan: others, proof: proof("db1") })).toEqual(
      refused(/none of those that its operator lets carry the run/),
    );
    expect(await taken(task("db1"), { by: newKey(), proof: proof("db1") })).toEqual(refused(/none of those/));
  });

  it("refuses a plan that a stranger signed, that was altered, or that says it is another operator's", async () => {
    const mallory = newKey();
    const strange = await statement(mallory);
    expect(await taken(task("db1"), { plan: strange, proof: proof("db1") })).toEqual(
      refused(/is not among the allowed signers/),
    );
    const named = await statement(mallory, { principal: "carol" });
    expect(await taken(task("db1"), { plan: named, proof: proof("db1") })).toEqual(refused(/not among/));
    const asBob = await statement(carol, { principal: "bob" });
    expect(await taken(task("db1"), { plan: asBob, proof: proof("db1") })).toEqual(refused(/bob/));
    const altered = { ...GOOD, body: GOOD.body.replace('"leaves":4', '"leaves":5') };
    expect(await taken(task("db1"), { plan: altered, proof: proof("db1") })).toEqual(
      refused(/its signed plan was not made by the key that it names/),
    );
  });

  it("says of what it does not believe whose it is said to be, and names nobody as proven", async () => {
    const mallory = newKey();
    const strange = await statement(mallory, { principal: "carol" });
    const altered = { ...GOOD, body: GOOD.body.replace('"leaves":4', '"leaves":5') };
    const others = await statement(carol, { carriers: [printOf(newKey())] });
    for (const [plan, key, principal] of [
      [strange, mallory, "carol"],
      [altered, carol, undefined],
      [others, carol, undefined],
    ] as const) {
      const answer = await taken(task("db1"), { plan, proof: proof("db1") });
      if (answer.ok) throw new Error("it was taken");
      expect(answer.error.signer).toBeUndefined();
      expect(answer.error.claimed).toEqual({
        ...{ key: printOf(key), carrier: printOf(coordinator), run: RUN, plan: PLAN },
        ...(principal === undefined ? {} : { principal }),
      });
    }
    const proven = await taken(task("db4"), { proof: proof("db1") });
    expect(proven).toMatchObject({ ok: false, error: { signer: { principal: "carol" } } });
    expect(proven).not.toHaveProperty("error.claimed");
  });

  it("takes neither a run's certificate for a signed plan nor the other way round", async () => {
    const fresh = generateKeyPairSync("ed25519");
    const certificate = await signCertificate(carol, { run: RUN, plan: PLAN }, fresh.publicKey, NOW);
    if (!certificate.ok) throw new Error(certificate.error);
    expect(await taken(task("db1"), { plan: certificate.value, proof: proof("db1") })).toEqual(
      refused(/its signed plan is not one that this version reads/),
    );
    const to = { function: "rr-run", unique: uniqueFor(task("db1")) };
    const text = signMessage(
      "task",
      to,
      JSON.stringify(task("db1")),
      { key: fresh.privateKey, certificate: GOOD },
      NOW,
    );
    const bare = { text, functionName: to.function, unique: to.unique };
    expect(open(undefined, SIGNERS).authority.task(bare, NOW, nobody)).toEqual(
      refused(/its run certificate is not one that this version reads/),
    );
  });

  it("refuses all that whoever carries it signs without a plan", async () => {
    const { plan: _, ...rest } = JSON.parse(
      (await sentTask(task("db1"), { proof: proof("db1") })).text,
    ).signed;
    const { text: __, ...to } = await sentTask(task("db1"), { proof: proof("db1") });
    const bare = { ...to, text: JSON.stringify({ v: 1, signed: rest }) };
    expect(open(undefined, SIGNERS).authority.task(bare, NOW, nobody)).toEqual(
      refused(/not among the allowed signers/),
    );
  });

  it("takes no message from which somebody on the way took the operator's word, or put another in its place, where workers know whoever carries it", async () => {
    const { authority } = open(undefined, SIGNERS + lineOf("coordinator", coordinator));
    const sent = await sentTask(task("db1"), { proof: proof("db1") });
    const { plan: _, proof: __, ...bare } = JSON.parse(sent.text).signed;
    const anew = {
      ...JSON.parse(sent.text).signed,
      plan: await statement(carol, {}, { issuedMs: NOW - 1000 }),
    };
    for (const signed of [bare, anew])
      expect(authority.task({ ...sent, text: JSON.stringify({ v: 1, signed }) }, NOW, nobody)).toEqual(
        refused(/did not come with the signed plan with which it was sent/),
      );
    expect(authority.task(sent, NOW, nobody).ok).toBe(true);
  });

  it("remembers what whoever carries a run sends apart from what its operator sends himself", async () => {
    const opened = Authority.open({
      allowedSigners: file(`${root}/flooded-signers`, SIGNERS),
      hosts: "all",
      users: "all",
      shares: { most: 8, sure: 2, sureSenders: 3 },
    });
    if (!opened.ok) throw new Error(opened.error.join("\n"));
    let submission = 0;
    const next = () => {
      submission += 1;
      return workload({
        host: "db1",
        task: { ...task("db1").task!, submission: `s${1_000_000 + submission}` },
      });
    };
    for (let at = 0; at < 4; at += 1)
      expect(opened.value.task(await sentTask(next(), { proof: proof("db1") }), NOW, nobody).ok).toBe(true);
    expect(opened.value.task(await sentTask(next(), { proof: proof("db1") }), NOW, nobody)).toEqual(
      refused(/^too many submissions of carol by the carrier SHA256:\S+: 4 could/),
    );
    const himself = signerOf(carol, lineOf("carol", carol));
    expect(opened.value.task(await signedBy(himself, next()), NOW, nobody).ok).toBe(true);
  });

  it("starts nothing after the plan's time, and still ends and learns what it started", async () => {
    const atMs = NOW + 25 * HOUR;
    const late = { atMs, proof: proof("db1") };
    expect(await taken(task("db1"), late)).toEqual(refused(/its signed plan expired at .* sign it anew/));
    for (const order of ["kill", "withdraw"] as const) {
      const what = { ...task("db1"), task: { ...task("db1").task!, order } };
      expect((await taken(what, late)).ok).toBe(true);
    }
    const control = { type: "kill", v: 1, run: RUN, client: "c-1" };
    const to = { function: "rr-control.w", unique: "control-1" };
    const said = await message("control", to, JSON.stringify(control), { atMs });
    expect(open(undefined, SIGNERS).authority.control(said, atMs).ok).toBe(true);
  });

  it("refuses a plan of tomorrow, and one for longer than 30 days", async () => {
    const tomorrow = await statement(carol, {}, { issuedMs: NOW + 24 * HOUR });
    expect(await taken(task("db1"), { plan: tomorrow, proof: proof("db1") })).toEqual(
      refused(/in the future/),
    );
    const long = await statement(carol, {}, { lifeMs: 31 * 24 * HOUR });
    expect(await taken(task("db1"), { plan: long, proof: proof("db1") })).toEqual(
      refused(/longer than 30 days/),
    );
  });

  it("takes what gates ask as it was signed, and nothing else", async () => {
    const asked = async (question: GateQuestion, shown: PlanProof | undefined) => {
      const { name, run, slot, job, ask, submission } = question.gate;
      const unique = uniqueOf(keyOf(gateId({ run, slot, job, name, ask })), submission);
      const to = { function: "rr-gate", unique };
      const sent = await message("gate", to, JSON.stringify(question), { proof: shown });
      return open(undefined, SIGNERS).authority.gate(sent, NOW);
    };
    const shown = proofOf(3, tree.path(3), {});
    expect((await asked(QUESTION, shown)).ok).toBe(true);
    expect(await asked({ ...QUESTION, http: { url: "http://169.254.169.254/" } }, shown)).toEqual(
      refused(/not in the plan/),
    );
    expect(await asked(QUESTION, undefined)).toEqual(refused(/where it stands/));
  });

  it("holds policy against the operator, and not against whoever carries the run", async () => {
    const rules = (principals: string) => ({ rules: [{ principals, hosts: "db[1-3]", users: "*" }] });
    const sent = await sentTask(task("db1"), { proof: proof("db1") });
    const doorOf = () => ({ user: "me", port: 22 });
    expect(open(rules("carol"), SIGNERS).authority.task(sent, NOW, doorOf).ok).toBe(true);
    expect(open(rules("bob"), SIGNERS).authority.task(sent, NOW, doorOf)).toEqual(
      refused(/no rule of the policy is for carol/),
    );
  });

  it("refuses an operator, and whoever carries, whose key is revoked", async () => {
    const path = file(`${root}/planned-signers`, SIGNERS);
    const revoked = file(`${root}/planned-revoked`, "");
    const opened = Authority.open({
      allowedSigners: path,
      revokedSigners: revoked,
      hosts: "all",
      users: "all",
    });
    if (!opened.ok) throw new Error(opened.error.join("\n"));
    const at = async (): Promise<unknown> =>
      opened.value.task(
        await sentTask(
          workload({ host: "db1", task: { ...task("db1").task!, submission: `s${(count += 1)}234567` } }),
          { proof: proof("db1") },
        ),
        NOW,
        nobody,
      );
    let count = 1;
    expect(await at()).toMatchObject({ ok: true });
    for (const key of [coordinator, carol]) {
      rmSync(revoked);
      writeFileSync(revoked, lineOf("", key).trim());
      expect(await at()).toEqual(refused(/is revoked/));
    }
    rmSync(revoked);
    writeFileSync(revoked, "# nobody");
    expect(await at()).toMatchObject({ ok: true });
    rmSync(path);
    writeFileSync(path, bob.line);
    expect(await at()).toEqual(refused(/is not among the allowed signers/));
  });

  it("takes the word of an operator with a certificate", async () => {
    const authority = newKey();
    const signed = await statement(await certified(carol, authority, { principals: ["carol@example.com"] }));
    const line = lineOf("*@example.com cert-authority", authority);
    expect(await taken(task("db1"), { plan: signed, proof: proof("db1") }, line)).toMatchObject({
      ok: true,
      value: { signer: { principal: "carol@example.com", carrier: printOf(coordinator) } },
    });
  });
});
