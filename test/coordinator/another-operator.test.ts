import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent, RunPlan } from "@roadrunner/core";
import { fingerprintOf } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { outcomes } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { keyOfFile } from "../security/sign-as.ts";
import { startSignedSite, type SignedSite } from "../security/signed-site.ts";
import { CoordinatorKit, handOverOf, planOf } from "./kit.ts";

failOnLeftovers();

const HOUR = 3_600_000;
let signed: SignedSite;
let postgres: Postgres;
/** Of one store, each with a key of its own that no worker knows. */
let coordinators: readonly CoordinatorKit[];
let carriers: readonly string[];
/** Who may sign, besides alice. */
let bob: string;
beforeAll(async () => {
  [signed, postgres] = await Promise.all([startSignedSite(), startPostgres()]);
  const { site, keys } = signed;
  bob = keys.make("bob");
  appendFileSync(join(keys.path, "allowed_signers"), `bob ${readFileSync(`${bob}.pub`, "utf8")}`);
  const files = ["one", "two"].map((name) => keys.make(name));
  carriers = files.map((file) => fingerprintOf(keyOfFile(file).publicBlob));
  const env = { RR_STORE: await postgres.makeDatabase() };
  coordinators = await Promise.all(
    files.map((file) => CoordinatorKit.start(["--servers", site.gearmand.server, "--sign-key", file], env)),
  );
});
afterAll(async () => {
  await Promise.all(coordinators.map((kit) => kit.stop()));
  await Promise.all([signed.stop(), postgres.remove()]);
});

/** Begins at h1, and at h2 as soon as h3 has gone; these two run until they are let go. */
function planFor(name: string, more: object = {}): RunPlan {
  const at = (what: string) => `$d/${name}-${what}`;
  const wait = (what: string) => `while ! test -e ${at(what)}; do sleep 0.05; done`;
  const long = `echo "$RR_HOST" >> $d/${name}; ${wait("end")}; echo "$RR_HOST" >> ${at("ended")}`;
  const command = `${ownFolder}; if test $RR_HOST = h3; then ${wait("gone")}; else ${long}; fi`;
  const job = { name: "work", hosts: ["h1", "h3", "h2"], parallelism: 2, command, delivery: "once", ...more };
  return planOf({ name, slots: [{ jobs: [job] }] });
}

/** Lets what waits for this file on its host go on. */
function touch(file: string): void {
  const { workDir } = signed.site.sshd;
  for (const host of readdirSync(workDir)) writeFileSync(join(workDir, host, file), "");
}
const running = (name: string): string => signed.site.lines(name).toSorted().join();

interface Begun {
  readonly run: string;
  readonly plan: RunPlan;
  readonly carrier: CoordinatorKit;
}

async function statement(
  by: string,
  of: { readonly run: string; readonly plan: RunPlan },
  { lifeMs = HOUR, pastAttempts = 0 } = {},
) {
  const made = await signForCarriers(keyOfFile(by), { ...of, carriers, lifeMs, pastAttempts });
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

async function begin(name: string, { lifeMs = HOUR, more = {} } = {}): Promise<Begun> {
  const [carrier] = coordinators;
  if (carrier === undefined) throw new Error("none was started");
  const plan = planFor(name, more);
  const handOver = handOverOf(plan);
  const { run } = handOver;
  await carrier.handOver(plan, {
    ...handOver,
    signed: await statement(signed.alice, { run, plan }, { lifeMs }),
  });
  await until("the first host to run", () => running(name) === "h1", {
    lastSeen: () => carrier.program.output().slice(-2000),
  });
  return { run, plan, carrier };
}

/** Another operator signs: by his word the second host begins. */
async function signedByBoth(name: string): Promise<Begun> {
  const begun = await begin(name);
  await sign(begun, bob);
  const key = fingerprintOf(keyOfFile(bob).publicBlob);
  expect((await begun.carrier.row(begun.run)).signedBy).toContain(key);
  await until("its log to tell", () => {
    const told = begun.carrier.logged("the plan of a run was signed anew", begun.run);
    return told.some((line) => line["key"] === key && Date.parse(String(line["until"])) > Date.now());
  });
  touch(`${name}-gone`);
  await until("the second host to run", () => running(name) === "h1,h2");
  expect(principals(begun.run)).toEqual(["h3 alice"]);
  return begun;
}

async function sign({ carrier, run, plan }: Begun, by: string): Promise<void> {
  const answer = await carrier.ask("POST", `/runs/${run}/sign`, {
    signed: await statement(by, { run, plan }, { pastAttempts: 1 }),
  });
  expect(answer, JSON.stringify(answer.json)).toMatchObject({ status: 200, json: { done: true } });
}

/** By whose word each host's task was ended, of those that were. */
const principals = (run: string): readonly string[] =>
  signed
    .audited({ run })
    .filter(({ outcome }) => outcome === "ok" || outcome === "cancelled")
    .map(({ host, principal }) => `${String(host)} ${String(principal)}`)
    .toSorted();

const endsOf = (events: readonly RunEvent[]) =>
  Object.fromEntries([...outcomes(events)].map(([task, outcome]) => [task.replace("work ", ""), outcome]));

async function replaceWorker(): Promise<void> {
  const { site } = signed;
  await Promise.all(site.workers.map((worker) => worker.kill()));
  await site.replaceEnded();
}

/** The next of them carries it, which asks for what was open. */
async function takenOver({ run, carrier }: Begun): Promise<CoordinatorKit> {
  const next = coordinators.find((kit) => kit !== carrier);
  if (next === undefined) throw new Error("there is no other one");
  await carrier.program.stop();
  await until("the other one to carry it", async () =>
    (await next.events(run)).some(({ type }) => type === "run.resumed"),
  );
  await carrier.restart();
  return next;
}

describe("a run whose plan a second operator has signed: what either's word began", () => {
  it("is killed", async () => {
    const { run, carrier } = await signedByBoth("kill");
    expect((await carrier.ask("POST", `/runs/${run}/kill`)).status).toBe(200);
    expect(await carrier.ended(run)).toBe("cancelled");
    expect(endsOf(await carrier.events(run))).toMatchObject({ h1: "cancelled", h2: "cancelled" });
    expect(principals(run)).toEqual(["h1 alice", "h2 bob", "h3 alice"]);
  });

  it("is asked about when its worker was lost", async () => {
    const { run, carrier } = await signedByBoth("lost");
    await replaceWorker();
    touch("lost-end");
    expect(await carrier.ended(run)).toBe("succeeded");
    expect(principals(run)).toEqual(["h1 alice", "h2 bob", "h3 alice"]);
    expect(running("lost")).toBe("h1,h2");
  });

  it("is killed when its worker was lost", async () => {
    const { run, carrier } = await signedByBoth("lost-kill");
    await replaceWorker();
    expect((await carrier.ask("POST", `/runs/${run}/kill`)).status).toBe(200);
    expect(await carrier.ended(run)).toBe("cancelled");
    expect(principals(run)).toEqual(["h1 alice", "h2 bob", "h3 alice"]);
    expect(signed.site.lines("lost-kill-ended")).toEqual([]);
  });

  it("is asked about by another coordinator that takes the run over", async () => {
    const begun = await signedByBoth("taken");
    const next = await takenOver(begun);
    touch("taken-end");
    expect(await next.ended(begun.run)).toBe("succeeded");
    expect(endsOf(await next.events(begun.run))).toMatchObject({ h1: "ok", h2: "ok" });
    expect(running("taken")).toBe("h1,h2");
  });

  it("is killed by another coordinator that takes the run over", async () => {
    const begun = await signedByBoth("taken-kill");
    const next = await takenOver(begun);
    expect((await next.ask("POST", `/runs/${begun.run}/kill`)).status).toBe(200);
    expect(await next.ended(begun.run)).toBe("cancelled");
    expect(endsOf(await next.events(begun.run))).toMatchObject({ h1: "cancelled", h2: "cancelled" });
    expect(signed.site.lines("taken-kill-ended")).toEqual([]);
  });
});

it("a resume that another operator signs goes on with what the first one's word began, and is killed", async () => {
  const more = {
    hosts: ["h1", "h2"],
    command: `${ownFolder}; echo "$RR_HOST" >> $d/resumed; test $RR_ATTEMPT = 2 && sleep 60`,
  };
  const { run, plan, carrier } = await begin("resumed", { more: { ...more, parallelism: 1 } });
  expect(await carrier.ended(run)).toBe("failed");
  const word = await statement(bob, { run, plan }, { pastAttempts: 1 });
  const by = { version: "1.0.0", who: "bob", where: "desk" };
  const asked = { by, confirm: false, retry: ["failed", "skipped"], signed: word };
  expect(await carrier.ask("POST", `/runs/${run}/resume`, asked)).toMatchObject({ status: 200 });
  await until("it to run again", () => running("resumed") === "h1,h1");
  expect((await carrier.ask("POST", `/runs/${run}/kill`)).status).toBe(200);
  expect(await carrier.ended(run)).toBe("cancelled");
  expect(principals(run)).toEqual(["h1 bob"]);
});

describe("when the time is over for which a plan was signed", () => {
  const LIFE_MS = 2000;
  const over = async ({ run, carrier }: Begun) =>
    until("it to hold", async () => /it holds since/.test((await carrier.row(run)).reason ?? ""));

  it("what runs is asked about when its worker was lost, and nothing starts", async () => {
    const begun = await begin("late", { lifeMs: LIFE_MS });
    const { run, carrier } = begun;
    await over(begun);
    touch("late-gone");
    await replaceWorker();
    touch("late-end");
    await until("its end to be known", async () => endsOf(await carrier.events(run))["h1"] === "ok");
    await carrier.ask("POST", `/runs/${run}/kill`);
    expect(await carrier.ended(run)).toBe("cancelled");
    expect(running("late")).toBe("h1");
  });

  it("what runs is killed, its worker lost or not, also by another coordinator", async () => {
    const begun = await begin("late-kill", { lifeMs: LIFE_MS });
    await over(begun);
    const next = await takenOver(begun);
    await replaceWorker();
    expect((await next.ask("POST", `/runs/${begun.run}/kill`)).status).toBe(200);
    expect(await next.ended(begun.run)).toBe("cancelled");
    expect(endsOf(await next.events(begun.run))).toMatchObject({ h1: "cancelled" });
    expect(signed.site.lines("late-kill-ended")).toEqual([]);
  });
});
