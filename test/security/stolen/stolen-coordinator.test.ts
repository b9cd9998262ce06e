import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WrittenWorkload } from "@roadrunner/core";
import {
  fingerprintOf,
  LOGIN_NAMESPACE,
  loginText,
  signSsh,
  type OperatorKey,
  type PlanProof,
  type SignedText,
} from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CoordinatorKit, handOverOf } from "../../coordinator/kit.ts";
import { failOnLeftovers } from "../../support/leak-check.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";
import { Attacker, refused, type Answer } from "../attacker.ts";
import { keyOfFile } from "../sign-as.ts";
import { flow, startSignedSite, type SignedSite } from "../signed-site.ts";
import { gateOf, shopPlan, taskOf } from "./shop.ts";
import { copiedStore } from "./stolen-store.ts";
import { Thief, type Changed, type Message } from "./thief.ts";
import { VisitedPage } from "./visited-page.ts";

failOnLeftovers();

const HOUR = 3_600_000;
let signed: SignedSite;
let page: VisitedPage;
let coordinator: CoordinatorKit;
let attacker: Attacker;
let temp: TempDir;
/** The worker's. */
let revoked: string;
/** What alice's worker has been told of neither. */
let mallory: OperatorKey;
let alice: OperatorKey;
let key: OperatorKey;
let thief: Thief;

/**
 * A real coordinator carries alice's run to its end; then its box is taken, with its key and its store, while what she
 * signed still has hours to go. Its key is in no file of the worker.
 */
beforeAll(async () => {
  page = await VisitedPage.start();
  temp = makeTempDir("revoked");
  revoked = join(temp.path, "revoked");
  writeFileSync(revoked, "");
  signed = await startSignedSite(["--gate-urls", page.url, "--revoked-signers", revoked]);
  const { site, keys } = signed;
  const keyFile = keys.make("coordinator");
  [alice, key, mallory] = [keyOfFile(signed.alice), keyOfFile(keyFile), keyOfFile(keys.make("mallory"))];
  coordinator = await CoordinatorKit.start(["--servers", site.gearmand.server, "--sign-key", keyFile]);
  const plan = shopPlan(page.url);
  const handOver = handOverOf(plan);
  const { run } = handOver;
  const statement = await signedPlan(alice, run, plan);
  await coordinator.handOver(plan, { ...handOver, signed: statement });
  await coordinator.ended(run);
  thief = await Thief.with({ key, run, ...(await copiedStore(coordinator, run)) });
  attacker = await Attacker.connect(site.gearmand);
});
afterAll(async () => {
  await attacker.close();
  await coordinator.stop();
  await signed.stop();
  await page.close();
  temp.remove();
});

const printOf = ({ publicBlob }: OperatorKey): string => fingerprintOf(publicBlob);

async function signedPlan(
  by: OperatorKey,
  run: string,
  plan: Thief["stolen"]["plan"],
  more: Partial<Parameters<typeof signForCarriers>[1]> = {},
): Promise<SignedText> {
  const carriers = [printOf(key)];
  const of = { run, plan, pastAttempts: 0, carriers, lifeMs: 24 * HOUR, ...more };
  const made = await signForCarriers(by, of);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

const send = async ({ functionName, unique, text }: Message): Promise<Answer> =>
  attacker.submit(functionName, text, unique);
const ran = (): readonly string[] => signed.site.lines("ran").toSorted();

/** Its line in the audit log, when it was refused with nothing run and no page asked. */
async function refusalOf(message: Message, why: RegExp): Promise<Record<string, unknown>> {
  const before = [ran(), page.visits.length];
  expect(await send(message)).toEqual(refused(why));
  expect([ran(), page.visits.length]).toEqual(before);
  const [line, ...others] = signed.audited({ unique: message.unique });
  expect(others).toEqual([]);
  expect(line).toMatchObject({ reason: expect.stringMatching(why) as string });
  return line ?? {};
}

const REFUSED = { outcome: "refused", blame: "submission" };
/** Whose word it was, and who came with it. */
const WHOSE = () => ({ principal: "alice", key: printOf(alice), carrier: printOf(key) });
const ALTERED = /not in the plan that the operator signed: it was altered, or added/;

it("unchanged, it carries a signed run with outputs, gates, retries, stages, undo and finally to its end", async () => {
  const { run, plan } = thief.stolen;
  const events = await coordinator.events(run);
  const ends = events.flatMap((event) =>
    event.type === "task.ended" && event.final
      ? [[event.job, event.stage, event.host, event.attempt, event.outcome].filter(Boolean).join(" ")]
      : [],
  );
  expect(ends.toSorted()).toEqual(
    [
      ...[
        "elect h1 1 ok",
        "ship h1 1 ok",
        "ship h2 2 ok",
        "way drain h1 1 ok",
        "way install h1 1 ok",
        "way h1 1 ok",
      ],
      ...["breaks h2 1 failed", "breaks.undo h2 1 ok", "tidy h1 1 ok"],
    ].toSorted(),
  );
  expect([...new Set(ran())]).toEqual(
    ["breaks", "drain h1", "elect", "install", "orders", "ship soft h1", "tidy", "undo"].toSorted(),
  );
  expect(ran().filter((line) => line.startsWith("ship"))).toHaveLength(3);
  expect(page.visits).toContain("/health");
  const lines = signed.audited({ run });
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) expect(line).toMatchObject(WHOSE());
  expect(await coordinator.row(run)).toMatchObject({
    signedBy: expect.stringContaining(printOf(alice)) as string,
  });
  expect(plan.name).toBe("shop");
});

describe("a coordinator that was taken has a worker run nothing that its operator did not sign", () => {
  const as = (fields: Partial<WrittenWorkload>): Changed<WrittenWorkload> => ({
    body: (workload) => ({ ...workload, ...fields }),
  });
  const inTask = (fields: Partial<NonNullable<WrittenWorkload["task"]>>): Changed<WrittenWorkload> => ({
    body: (workload) => ({ ...workload, task: { ...workload.task, ...fields } }),
  });
  const EVIL = 'echo evil >> "$RR_TEST_DIR/evil"';

  it.each<[string, Changed<WrittenWorkload>]>([
    ["another command", as({ command: EVIL })],
    [
      "a script in its place",
      { body: ({ command: _command, ...rest }) => ({ ...rest, script: { name: "s", text: EVIL } }) },
    ],
    ["an `unless` before it", as({ unless: EVIL })],
    ["another shell", as({ shell: "/bin/bash" })],
    ["another folder", as({ cwd: "/" })],
    ["a host added", as({ host: "h3" })],
    ["another address", as({ address: "127.0.0.1" })],
    ["another port", as({ port: 2222 })],
    ["another user", as({ user: "nobody" })],
    ["become", as({ become: true })],
    ["another transport", as({ transport: "openssh" })],
    ["the worker's own box", as({ transport: "local" })],
    ["another value of a variable", as({ env: { MODE: "hard", LEADER: "h1" } })],
    ["a variable more", as({ env: { MODE: "soft", LEADER: "h1", BASH_ENV: "/tmp/evil" } })],
    ["a secret of the worker's", as({ secretEnv: { TOKEN: "token" } })],
    ["a secret parameter", as({ secretParams: { LD_PRELOAD: "/tmp/evil.so" } })],
    ["another delivery", as({ delivery: "repeatable" })],
    ["a longer time", as({ timeoutMs: 1_000_000 })],
    ["other codes for ok", as({ okCodes: [0, 1] })],
    ["outputs", as({ outputs: true })],
    ["another slot", inTask({ slot: 7 })],
    ["another job", inTask({ job: "elect" })],
    ["a stage", inTask({ stage: "drain" })],
  ])("%s", async (_what, changed) => {
    const message = await thief.task(taskOf(thief.stolen.plan, "ship"), changed, { LEADER: "h1" });
    expect(await refusalOf(message, ALTERED)).toMatchObject(WHOSE());
  });

  it.each<[string, (proof: PlanProof) => PlanProof | undefined, RegExp]>([
    ["a wrong path", (proof) => ({ ...proof, path: Buffer.alloc(96, 7).toString("base64") }), ALTERED],
    ["a path that is too short", (proof) => ({ ...proof, path: "" }), ALTERED],
    ["a path that is too long", (proof) => ({ ...proof, path: longer(proof.path) }), ALTERED],
    ["the path of another", () => thief.proofOf(taskOf(thief.stolen.plan, "elect")), ALTERED],
    ["another place", (proof) => ({ ...proof, index: proof.index + 1 }), ALTERED],
    ["a place that no tree has", (proof) => ({ ...proof, index: Number.MAX_SAFE_INTEGER }), ALTERED],
    [
      "a place before the first",
      (proof) => ({ ...proof, index: -1 }),
      /its envelope is not one that this version reads/,
    ],
    [
      "a path as long as can be",
      (proof) => ({ ...proof, path: "A".repeat(4097) }),
      /its envelope is not one that this version reads/,
    ],
    ["no path", () => undefined, /does not say where it stands in the signed plan/],
    [
      "an output that was never one",
      (proof) => ({ ...proof, taken: { ...proof.taken, PATH: { from: "elect", name: "leader" } } }),
      /PATH, an output .* is not among its variables/,
    ],
    ["no output where one is", ({ taken: _taken, ...proof }) => proof, ALTERED],
  ])("the right task with %s", async (_what, proof, why) => {
    const message = await thief.task(taskOf(thief.stolen.plan, "ship"), { proof }, { LEADER: "h1" });
    expect(await refusalOf(message, why)).toMatchObject(REFUSED);
  });

  it("PATH as the value of an output", async () => {
    const changed: Changed<WrittenWorkload> = {
      ...as({ env: { MODE: "soft", LEADER: "h1", PATH: "/tmp/evil" } }),
      proof: (proof) => ({ ...proof, taken: { ...proof.taken, PATH: { from: "elect", name: "leader" } } }),
    };
    const message = await thief.task(taskOf(thief.stolen.plan, "ship"), changed);
    expect(await refusalOf(message, ALTERED)).toMatchObject(WHOSE());
  });

  it("a task as what a gate asks, and the other way round", async () => {
    const { plan } = thief.stolen;
    const asCheck = await thief.task(taskOf(plan, "tidy"), inTask({ gate: "orders" }));
    expect(await refusalOf(asCheck, ALTERED)).toMatchObject(WHOSE());
    const check = await thief.check(gateOf(plan, "ship", 1), inTask({ gate: undefined }));
    expect(await refusalOf(check, ALTERED)).toMatchObject(WHOSE());
    const unchanged = await thief.check(gateOf(plan, "ship", 1), { functionName: "rr-run" });
    expect(await refusalOf(unchanged, /what a gate asks is not taken as rr-run/)).toMatchObject(REFUSED);
    const question = await thief.question(gateOf(plan, "ship", 0), { functionName: "rr-run", kind: "task" });
    expect(await refusalOf(question, /the workload is not valid/)).toMatchObject(REFUSED);
  });

  it("an attempt beyond the highest, whatever it says that this is", async () => {
    const { plan } = thief.stolen;
    const third = await thief.task(taskOf(plan, "ship", { attempt: 3 }), {}, { LEADER: "h1" });
    expect(await refusalOf(third, /attempt 3 is more than the 2 that the operator signed/)).toMatchObject(
      WHOSE(),
    );
    for (const attempts of [3, Number.MAX_SAFE_INTEGER, undefined]) {
      const proof = (shown: PlanProof) => ({ ...shown, attempts });
      const more = await thief.task(taskOf(plan, "ship", { attempt: 3 }), { proof }, { LEADER: "h1" });
      expect(await refusalOf(more, ALTERED)).toMatchObject(REFUSED);
    }
  });

  it.each(["drain", "install", "undo", "tidy", "breaks"])("another command of %s", async (what) => {
    const { plan } = thief.stolen;
    const stage = ["drain", "install"].indexOf(what);
    const ref =
      stage < 0 ? taskOf(plan, what === "undo" ? "breaks.undo" : what) : taskOf(plan, "way", { stage });
    const message = await thief.task(ref, as({ command: EVIL }));
    expect(await refusalOf(message, ALTERED)).toMatchObject(WHOSE());
  });

  it("a stage at another host's way, and one host's stage at another host", async () => {
    const ref = taskOf(thief.stolen.plan, "way", { stage: 0 });
    for (const changed of [inTask({ target: "h2" }), as({ host: "h2" })])
      expect(await refusalOf(await thief.task(ref, changed), ALTERED)).toMatchObject(REFUSED);
  });

  it("a gate's question to another address, and its check with another command", async () => {
    const { plan } = thief.stolen;
    const [pageGate, check] = [gateOf(plan, "ship", 0), gateOf(plan, "ship", 1)];
    const question = await thief.question(pageGate, {
      body: (asked) => ({ ...asked, http: { url: `${page.url}admin` } }),
    });
    const visits = page.visits.length;
    expect(await send(question)).toMatchObject({
      reading: { kind: "none", reason: expect.stringMatching(ALTERED) as string },
    });
    expect(page.visits).toHaveLength(visits);
    expect(signed.audited({ unique: question.unique })).toEqual([expect.objectContaining(WHOSE())]);
    const withToken = await thief.question(pageGate, {
      body: (asked) => ({ ...asked, http: { url: `${page.url}health`, token: "token" } }),
    });
    expect(await send(withToken)).toMatchObject({
      reading: { reason: expect.stringMatching(ALTERED) as string },
    });
    expect(await refusalOf(await thief.check(check, as({ command: EVIL })), ALTERED)).toMatchObject(WHOSE());
  });

  it.each<[string, () => Promise<Changed<WrittenWorkload>>, RegExp]>([
    ["no plan at all", async () => ({ signed: null }), /is not among the allowed signers/],
    [
      "a plan past its time",
      async () => ({
        signed: await signedPlan(alice, thief.stolen.run, thief.stolen.plan, { lifeMs: -6 * 60_000 }),
      }),
      /its signed plan expired at .*: sign it anew/,
    ],
    [
      "a plan for longer than may be",
      async () => ({
        signed: await signedPlan(alice, thief.stolen.run, thief.stolen.plan, { lifeMs: 31 * 24 * HOUR }),
      }),
      /is for longer than 30 days/,
    ],
    [
      "a plan of another run",
      async () => ({ signed: await signedPlan(alice, "20260101-000000-aaaaaaaa", thief.stolen.plan) }),
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
      async () => ({ signed: await signedPlan(mallory, thief.stolen.run, thief.stolen.plan) }),
      /is not among the allowed signers/,
    ],
    [
      "a plan that he signed himself",
      async () => ({ signed: await signedPlan(key, thief.stolen.run, thief.stolen.plan) }),
      /is not among the allowed signers/,
    ],
    [
      "a plan as another principal",
      async () => ({
        signed: await signedPlan(alice, thief.stolen.run, thief.stolen.plan, {
          principal: "root@example.com",
        }),
      }),
      /may not sign as "root@example.com"/,
    ],
    [
      "a plan whose principal was altered",
      async () => ({
        signed: altered(thief.stolen.signed, (body) => ({ ...body, principal: "root" })),
      }),
      /its signed plan was not made by the key that it names/,
    ],
    [
      "a plan whose end was altered",
      async () => ({
        signed: altered(thief.stolen.signed, (body) => ({ ...body, notAfterMs: Date.now() + 48 * HOUR })),
      }),
      /its signed plan was not made by the key that it names/,
    ],
    [
      "a plan for another coordinator",
      async () => ({
        signed: await signedPlan(alice, thief.stolen.run, thief.stolen.plan, {
          carriers: [printOf(mallory)],
        }),
      }),
      /is none of those that its operator lets carry the run/,
    ],
    [
      "what she signed to log in",
      async () => {
        const body = loginText({ server: "coordinator:4780", challenge: "c" });
        const signature = await signSsh(Buffer.from(body), LOGIN_NAMESPACE, alice);
        if (!signature.ok) throw new Error(signature.error);
        return { signed: { body, signature: signature.value } };
      },
      /its signed plan was not made by the key that it names, or not for Roadrunner/,
    ],
    [
      "a run's certificate of another key",
      async () => ({ by: mallory }),
      /is none of those that its operator lets/,
    ],
  ])("%s", async (_what, changed, why) => {
    const ref = taskOf(thief.stolen.plan, "tidy");
    expect(await refusalOf(await thief.task(ref, await changed()), why)).toMatchObject(REFUSED);
  });
});

/** With one hash more. */
function longer(path: string): string {
  return Buffer.concat([Buffer.from(path, "base64"), Buffer.alloc(32)]).toString("base64");
}

function altered(
  { body, signature }: SignedText,
  change: (body: Record<string, unknown>) => Record<string, unknown>,
): SignedText {
  return { body: JSON.stringify(change(JSON.parse(body) as Record<string, unknown>)), signature };
}

/** Which does change it. */
function changedBy(change: (text: string) => string): (text: string) => string {
  return (text) => {
    const made = change(text);
    expect(made).not.toBe(text);
    return made;
  };
}

describe("JSON that may be read in two ways is read in one", () => {
  const tidy = async (text: (text: string) => string): Promise<Message> =>
    thief.task(taskOf(thief.stolen.plan, "tidy"), { text });

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
    expect(await refusalOf(await tidy(changedBy(change)), why)).toMatchObject(REFUSED);
  });

  it.each<[string, (text: string) => string]>([
    ["a command twice, the signed one last", (text) => text.replace(/^{/, '{"command":"id",')],
    [
      "the same number otherwise",
      (text) => text.replace('"connectTimeoutMs":60000', '"connectTimeoutMs":6.0e4'),
    ],
    ["the same letter otherwise", (text) => text.replace('"host":"h1"', '"h\\u006fst":"\\u00681"')],
  ])("%s: it is what was signed, and that runs", async (_what, change) => {
    const before = ran();
    expect(await send(await tidy(changedBy(change)))).toMatchObject({ outcome: "ok" });
    expect(ran()).toEqual([...before, "tidy"].toSorted());
  });
});

describe("what it can do all the same, until the plan's time is over", () => {
  it("runs a `repeatable` task again, and out of its turn", async () => {
    const before = ran().filter((line) => line === "tidy").length;
    for (let count = 1; count <= 2; count += 1) {
      expect(await send(await thief.task(taskOf(thief.stolen.plan, "tidy")))).toMatchObject({
        outcome: "ok",
      });
      expect(ran().filter((line) => line === "tidy")).toHaveLength(before + count);
    }
  });

  it("has no `once` task run again: its host has the record", async () => {
    const before = ran();
    const again = await thief.task(taskOf(thief.stolen.plan, "breaks.undo"));
    expect(await send(again)).toMatchObject({ outcome: "ok" });
    expect(ran()).toEqual(before);
  });

  it("runs an attempt that was signed, was not needed, and whose output it makes up", async () => {
    const ref = taskOf(thief.stolen.plan, "ship", { attempt: 2 });
    expect(await send(await thief.task(ref, {}, { LEADER: "evil" }))).toMatchObject({ outcome: "ok" });
    expect(ran()).toContain("ship soft evil");
  });

  it("asks gates as it likes", async () => {
    const visits = page.visits.length;
    const { plan } = thief.stolen;
    expect(await send(await thief.question(gateOf(plan, "ship", 0)))).toMatchObject({
      reading: { kind: "status", status: 200 },
    });
    expect(page.visits).toHaveLength(visits + 1);
    expect(await send(await thief.check(gateOf(plan, "ship", 1)))).toMatchObject({ outcome: "ok" });
  });

  it("kills and revokes in the run, and in no other", async () => {
    const worker = await signed.site.workerId("w1");
    const { run } = thief.stolen;
    for (const type of ["kill", "revoke"]) {
      expect(await send(await thief.control(worker, { type, run }))).toMatchObject({ ok: true });
      expect(
        await send(await thief.control(worker, { type, run: "20260101-000000-aaaaaaaa" })),
      ).toMatchObject({
        ok: false,
        reason: "it was signed for another run",
      });
    }
    const epoch = { type: "epoch", run: "20260101-000000-aaaaaaaa", epoch: 9, notAfterMs: Date.now() };
    expect(await send(await thief.control(worker, epoch))).toMatchObject({ ok: false });
    const bare = await thief.control(worker, { type: "kill", run }, { signed: null });
    expect(await send(bare)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/not among the allowed signers/) as string,
    });
  });
});

describe("when it is known that it was taken", () => {
  it("its key among the revoked ones of the workers ends all of that, and the operator can go on", async () => {
    const tidy = taskOf(thief.stolen.plan, "tidy");
    writeFileSync(revoked, readFileSync(join(signed.keys.path, "coordinator.pub")));
    expect(await refusalOf(await thief.task(tidy), /the key SHA256:\S+ is revoked/)).toMatchObject(REFUSED);
    const worker = await signed.site.workerId("w1");
    const { run } = thief.stolen;
    expect(await send(await thief.control(worker, { type: "kill", run }))).toMatchObject({ ok: false });
    const { code } = await signed.site.run(flow("after"), ["--sign-key", signed.alice]);
    expect(code).toBe(0);
  });
});
