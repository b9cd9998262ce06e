import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WrittenWorkload } from "@roadrunner/core";
import { GearmanClient } from "@roadrunner/core/gearman";
import { fingerprintOf, parsePoolKeys, PoolSeal } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSecrets } from "../../../packages/coordinator/src/carry/kept/sealed-secrets.ts";
import { CoordinatorKit, handOverOf, planOf } from "../../coordinator/kit.ts";
import { failOnLeftovers } from "../../support/leak-check.ts";
import { ownFolder } from "../../support/sshd.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";
import { refused, type Answer } from "../attacker.ts";
import { keyOfFile, workloadIn } from "../sign-as.ts";
import { startSignedSite, type SignedSite } from "../signed-site.ts";
import { startTap, type Tap } from "../tap.ts";
import { taskOf } from "./shop.ts";
import { copiedStore } from "./stolen-store.ts";
import { ALTERED, HOUR, printOf } from "./taken-coordinator.ts";
import { Thief, type Changed, type Message } from "./thief.ts";

failOnLeftovers();

const SECRET = `hunter2-${randomBytes(9).toString("hex")}`;
/** Base64 has another text for each place at which it begins. */
const FORMS = [
  ...[SECRET, Buffer.from(SECRET).toString("hex"), encodeURIComponent(SECRET)],
  ...["", "x", "xx"].map((before) => Buffer.from(`${before}${SECRET}`).toString("base64").slice(4, 28)),
];

const ALIEN = /it was altered, or sealed for another function or submission/;

const temp = makeTempDir("pool");
const [pool, others] = [newKeys("pool"), newKeys("others")];
let signed: SignedSite;
let tap: Tap;
let coordinator: CoordinatorKit;
let client: GearmanClient;
let run: string;
let thief: Thief;
/** What the store has of the run's secrets. */
let kept: string;

/**
 * A coordinator carries alice's run, which has a secret, when its box is taken: its key, its store, all that it wrote, and
 * its way to the job server. The pool key was not on that box, and is taken afterwards.
 */
beforeAll(async () => {
  const sealing = ["--pool-key-file", pool.path];
  signed = await startSignedSite(sealing);
  const { gearmand } = signed.site;
  tap = await startTap(gearmand.port);
  const keyFile = signed.keys.make("coordinator");
  coordinator = await CoordinatorKit.start(["--servers", tap.server, "--sign-key", keyFile, ...sealing]);
  const key = keyOfFile(keyFile);
  const plan = secretPlan();
  const handOver = handOverOf(plan);
  ({ run } = handOver);
  const of = { run, plan, pastAttempts: 0, carriers: [fingerprintOf(key.publicBlob)], lifeMs: HOUR };
  const word = await signForCarriers(keyOfFile(signed.alice), of);
  if (!word.ok) throw new Error(word.error);
  await coordinator.handOver(plan, { ...handOver, signed: word.value, secrets: { token: SECRET } });
  await until("the first job", () => ran().includes("first"));
  thief = await Thief.with({ key, run, ...(await copiedStore(coordinator, run)) });
  kept = secretsIn(join(coordinator.home.path, "stolen/store.db"));
  client = new GearmanClient({
    servers: [{ host: gearmand.address, port: gearmand.port }],
    maxInFlight: 10,
  });
  client.start();
  await until("the thief to reach the job server", () => client.state.type === "up");
});
afterAll(async () => {
  await client.close();
  await coordinator.stop();
  await tap.close();
  await signed.stop();
  temp.remove();
});

function newKeys(name: string) {
  const path = join(temp.path, `${name}.keys`);
  const line = randomBytes(32).toString("base64");
  writeFileSync(path, `${line}\n`, { mode: 0o600 });
  const keys = parsePoolKeys(line);
  if (!keys.ok) throw new Error(keys.error.join("\n"));
  return { path, keys: keys.value };
}

/** The first job has the secret and waits for the file `go`; the others are not begun yet. */
function secretPlan() {
  const left = (what: string): string => `${ownFolder}; echo ${what} >> $d/ran`;
  const wait = `${left("first")}; until test -e $d/go; do sleep 0.1; done; [ "$token" = ${SECRET.replace("-", "''-")} ]`;
  const jobs = [
    { name: "first", hosts: "h1", command: wait },
    {
      name: "second",
      hosts: "h1",
      command: `${left("second-$token")}; echo "$token"`,
      delivery: "repeatable",
    },
  ];
  const slots = jobs.map((job) => ({ jobs: [job] }));
  return planOf({ name: "with-secret", params: { token: { type: "secret" } }, slots });
}

/** In a process of its own: this one would keep the file open. */
function secretsIn(path: string): string {
  const said =
    "const [, path, run] = process.argv; const db = new (require('libsql'))(path);" +
    "console.log(db.prepare('select secrets from runs where run = ?').get(run).secrets)";
  const given = ["-e", said, path, run];
  return execFileSync(process.execPath, given, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
}

const ran = (): readonly string[] => signed.site.lines("ran").toSorted();
const second = (changed: Changed<WrittenWorkload> = {}, secret = "his"): Promise<Message> =>
  thief.task(taskOf(thief.stolen.plan, "second"), {
    ...changed,
    body: (workload) => {
      const own = { ...workload, secretParams: { token: secret } };
      return changed.body?.(own) ?? own;
    },
  });

/** What a worker answers, as text: that of the thief's own key alone is sealed in a way that he can open. */
async function send({ functionName, unique, text }: Message, keys?: typeof pool.keys): Promise<Answer> {
  const sealed = keys && new PoolSeal(keys).seal({ function: functionName, unique }, text, Date.now());
  const result = await client.submit({ functionName, unique, workload: sealed?.text ?? text }).result;
  if (result.kind !== "complete") throw new Error(`no answer: ${JSON.stringify(result)}`);
  const told = result.data.toString();
  const opened = sealed?.answers.open(told, true);
  return JSON.parse(opened?.ok === true ? opened.value.text : told) as Answer;
}

/** What a worker answers by which nothing ran, and which has nothing of the secret. */
async function unmoved(message: Message, keys?: typeof pool.keys): Promise<Answer> {
  const before = ran();
  const answer = await send(message, keys);
  expect(ran()).toEqual(before);
  expect(formsIn(JSON.stringify(answer))).toEqual([]);
  return answer;
}

function formsIn(text: string): readonly string[] {
  return FORMS.filter((form) => text.includes(form));
}

describe("a coordinator that was taken without the pool key", () => {
  it("tells no secret: not in its store, its files, its log, its process, nor on its way to the workers", () => {
    const { home, program } = coordinator;
    const files = readdirSync(home.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1"));
    const ofProcess = ["cmdline", "environ"].map((file) =>
      readFileSync(`/proc/${program.pid}/${file}`, "latin1"),
    );
    const passed = tap.all().toString("latin1");
    expect(passed.length).toBeGreaterThan(1000);
    expect(files.some((text) => text.includes(kept.slice(0, 60)))).toBe(true);
    for (const text of [...files, ...ofProcess, program.output(), passed]) expect(formsIn(text)).toEqual([]);
  });

  it("keeps its secrets sealed: no other key opens them, nor a changed text, nor another run's name", () => {
    expect(openSecrets(others.keys, run, kept)).toMatchObject({
      error: expect.stringMatching(/is sealed with the pool key \w{8}, which is not there/) as string,
    });
    const [key] = pool.keys;
    const disguised = [{ ...others.keys[0], id: key.id }];
    expect(openSecrets(disguised, run, kept)).toMatchObject({ ok: false });
    expect(openSecrets(pool.keys, "20260101-000000-aaaaaaaa", kept)).toMatchObject({ ok: false });
  });

  it("has no task taken, be it signed right or changed, with what is sealed in its place or not", async () => {
    const why = /it is not sealed, and this worker takes only sealed messages/;
    const evil = { body: (workload: WrittenWorkload) => ({ ...workload, command: "echo $token" }) };
    for (const message of [await second(), await second({}, kept), await second(evil, kept)])
      expect(await unmoved(message)).toEqual(refused(why));
    const otherKey = /it is sealed with the key \w{8}, which this worker does not have/;
    expect(await unmoved(await second({}, kept), others.keys)).toEqual(refused(otherKey));
    const disguised = [{ ...others.keys[0], id: pool.keys[0].id }] as const;
    expect(await unmoved(await second({}, kept), disguised)).toEqual(refused(ALIEN));
  });
});

describe("a coordinator that was taken with the pool key", () => {
  it("has the secrets of the runs that it carries, out of its store and out of what passes", () => {
    expect(openSecrets(pool.keys, run, kept)).toEqual({ ok: true, value: { token: SECRET } });
    const [job] = tap.jobs("rr-run");
    const opened =
      job &&
      new PoolSeal(pool.keys).open(job.workload.toString(), {
        functionName: job.functionName,
        unique: job.unique,
      });
    if (opened?.ok !== true) throw new Error("it cannot be opened");
    expect(workloadIn(opened.value.text)).toMatchObject({ secretParams: { token: SECRET } });
  });

  it.each<[string, Changed<WrittenWorkload>]>([
    ["another command", { body: (workload) => ({ ...workload, command: "echo $token >> /tmp/evil" }) }],
    ["another host", { body: (workload) => ({ ...workload, host: "h2" }) }],
    ["another name", { body: (workload) => ({ ...workload, secretParams: { BASH_ENV: SECRET } }) }],
    [
      "one more",
      { body: (workload) => ({ ...workload, secretParams: { token: SECRET, LD_PRELOAD: "/tmp/evil.so" } }) },
    ],
    ["none", { body: (workload) => ({ ...workload, secretParams: undefined }) }],
    ["one of the worker's own", { body: (workload) => ({ ...workload, secretEnv: { TOKEN: "token" } }) }],
    ["a variable in its place", { body: (workload) => ({ ...workload, env: { token: SECRET } }) }],
  ])("has no task of the run changed: %s", async (_what, changed) => {
    const message = await second(changed, SECRET);
    expect(await unmoved(message, pool.keys)).toEqual(refused(ALTERED));
    expect(signed.audited({ unique: message.unique })).toMatchObject([
      { principal: "alice", carrier: printOf(thief.stolen.key), outcome: "refused" },
    ]);
  });

  it("sends a task that was signed before its turn, with a value that it makes up", async () => {
    expect(await send(await second({}, "made-up"), pool.keys)).toMatchObject({ outcome: "ok" });
    expect(ran()).toEqual(["first", "second-made-up"]);
  });

  it("reads what its commands write, in which the worker hides the secret", async () => {
    const answer = await send(await second({}, SECRET), pool.keys);
    expect(answer).toMatchObject({ outcome: "ok", stdout: "[secret token]\n" });
    expect(formsIn(JSON.stringify(answer))).toEqual([]);
  });

  it("has nothing run without a word of an operator, sealed or not", async () => {
    const message = await second({ signed: null }, SECRET);
    expect(await unmoved(message, pool.keys)).toEqual(refused(/not among the allowed signers/));
  });
});

describe("when the run has ended", () => {
  it("its store has no secret of it any more, sealed or not", async () => {
    await signed.site.run(
      { name: "go", slots: [{ jobs: [{ hosts: "h1", command: `${ownFolder}; touch $d/go` }] }] },
      ["--sign-key", signed.alice, "--pool-key-file", pool.path],
    );
    expect(await coordinator.ended(run)).toBe("succeeded");
    expect(ran()).toContain(`second-${SECRET}`);
    await coordinator.program.stop();
    expect(secretsIn(join(coordinator.home.path, "state/roadrunner/store.db"))).toBe("null");
  });

  it("what passed is not taken again, nor as another task", async () => {
    const [job] = tap.jobs("rr-run");
    if (job === undefined) throw new Error("nothing passed");
    const again = { ...job, text: job.workload.toString() };
    // Sealed: he cannot even read it.
    expect(await unmoved(again)).toEqual({ v: 1, sealed: expect.anything() as unknown });
    expect(signed.audited({ unique: job.unique, outcome: "refused" })).toMatchObject([
      { reason: expect.stringMatching(/^replayed: /) as string },
    ]);
    expect(await unmoved({ ...again, unique: "another" })).toEqual(refused(ALIEN));
  });
});
