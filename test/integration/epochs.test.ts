import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { controlFunction, encodeControl, type ControlAnswer, type OutcomeMessage } from "@roadrunner/core";
import { GearmanClient } from "@roadrunner/core/gearman";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSshFiles } from "../faults/fault-parts.ts";
import { FaultProxy } from "../faults/fault-proxy.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startWorker } from "../support/processes.ts";
import { hostLines, names } from "../support/site.ts";
import { ownFolder, startSshd, type Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

let temp: TempDir;
let gearmand: Gearmand;
let sshd: Sshd;
let ssh: FaultProxy;
let worker: ChildProgram;
let client: GearmanClient;
beforeAll(async () => {
  temp = makeTempDir("epochs");
  const hosts = names("h", 20);
  [gearmand, sshd] = await Promise.all([startGearmand(), startSshd({ hosts, config: "MaxStartups 1000" })]);
  ssh = await FaultProxy.start(sshd.port);
  writeSshFiles(temp.path, { sshd, hosts, port: ssh.port });
  worker = startWorker([
    ...["--id", "w", "--servers", gearmand.server, "--concurrency", "100"],
    ...["--ssh-config", join(temp.path, "ssh_config"), "--record-dir", join(temp.path, "records")],
  ]);
  client = new GearmanClient({ servers: [{ host: "127.0.0.1", port: gearmand.port }] });
  client.start();
  await until("the client to connect", () => client.state.type === "up");
  await until("the worker", async () => (await gearmand.status("rr-gate")).workers === 1);
});
afterAll(async () => {
  await client.close();
  await worker.kill();
  await gearmand.stop();
  await ssh.close();
  await sshd.stop();
  temp.remove();
});

let sent = 0;
async function submit<T = OutcomeMessage>(functionName: string, workload: string): Promise<T> {
  sent += 1;
  const result = await client.submit({ functionName, unique: `epochs-${sent}`, workload }).result;
  if (result.kind !== "complete") throw new Error(JSON.stringify(result));
  return JSON.parse(result.data.toString()) as T;
}

async function announce(run: string, epoch: number, notAfterMs: number): Promise<ControlAnswer> {
  const message = encodeControl({ type: "epoch", run, client: `c${epoch}`, epoch, notAfterMs });
  return submit<ControlAnswer>(controlFunction(await gearmand.workerId("w")), message);
}

/** How a run's workload comes to be something that runs on a host. */
interface Way {
  readonly name: string;
  readonly more?: object;
  readonly task?: object;
}

const once = { delivery: "once" } as const;
const check = { everyMs: 200, stableMs: 0, withinMs: 5000 };
const STARTING: readonly Way[] = [
  { name: "once", more: once },
  { name: "repeatable" },
  { name: "script", more: { command: undefined, script: { name: "s", text: "#!/bin/sh\nLINE" } } },
  { name: "stage", more: once, task: { stage: "drain" } },
  { name: "stage-elsewhere", more: once, task: { stage: "drain", target: "fe1" } },
  { name: "reboot", more: { ...once, reboot: { timeoutMs: 1000 } } },
  { name: "unless", more: { ...once, unless: "LINE; exit 1" } },
  { name: "unless-repeatable", more: { unless: "LINE; exit 1" } },
  { name: "outputs", more: { ...once, outputs: true } },
  { name: "check", more: { check } },
  { name: "gate", task: { gate: "health" } },
  { name: "fresh-login", more: { freshLogin: true } },
  { name: "live", more: { live: true } },
  { name: "again", more: once, task: { again: { began: {} } } },
];
/** They learn how something ended, or end it. */
const ASKING: readonly Way[] = [
  { name: "withdraw", more: once, task: { order: "withdraw", again: {} } },
  { name: "kill", more: once, task: { order: "kill", again: {} } },
  { name: "kill-repeatable", task: { order: "kill", again: {} } },
];

let runs = 0;
function newRun(): string {
  runs += 1;
  return `20260101-000000-epochs${runs}`;
}

function workloadOf(way: Way, run: string, held: object, host: string): string {
  const line = `${ownFolder}; echo ${run}/${way.name} >> $d/ran`;
  const task = {
    ...{ run, slot: 1, job: way.name, attempt: 1, client: "c1", submission: "abcdefgh" },
    ...held,
    ...way.task,
  };
  const text = JSON.stringify({ host, command: "LINE", delivery: "repeatable", ...way.more, task });
  return text.replaceAll("LINE", JSON.stringify(line).slice(1, -1));
}

/** By way: what the worker says of it. */
async function submitAll(
  ways: readonly Way[],
  run: string,
  held: object,
): Promise<ReadonlyMap<string, OutcomeMessage>> {
  const answers = await Promise.all(
    ways.map((way, index) =>
      submit(
        way.task !== undefined && "gate" in way.task ? "rr-gate" : "rr-run",
        workloadOf(way, run, held, `h${index + 1}`),
      ),
    ),
  );
  return new Map(ways.map(({ name }, index) => [name, answers[index]!]));
}

function eachOf(ways: readonly Way[], expected: object): ReadonlyMap<string, object> {
  return new Map(ways.map(({ name }) => [name, expect.objectContaining(expected) as object]));
}

const ran = (run: string): string[] => [
  ...new Set(hostLines(sshd, "ran").filter((line) => line.startsWith(`${run}/`))),
];
const namesRan = (ways: readonly Way[], run: string) => ways.map(({ name }) => `${run}/${name}`).toSorted();

const OVERTAKEN = {
  outcome: "refused",
  blame: "submission",
  reason: expect.stringContaining("another coordinator has this run by now, in epoch 2") as string,
};
const LATE = { outcome: "refused", notTaken: "expired", clockMs: expect.any(Number) as number };
const soon = () => Date.now() + 60_000;

describe("a worker that is sent what one coordinator after another asks of a run", () => {
  const all = [...STARTING, ...ASKING];

  // First: what others are told of is soon too much for the worker's log.
  it("keeps an answer that could not be delivered for who has the run by now", async () => {
    const run = newRun();
    const command = `${ownFolder}; echo ${run}/kept >> $d/ran; until [ -e $HOME/go-kept ]; do sleep 0.1; done; echo its-own`;
    const way = { name: "kept", more: { command } };
    const first = submit("rr-run", workloadOf(way, run, { epoch: 1, notAfterMs: soon() }, "h1"));
    const lost = first.catch((error: unknown) => String(error));
    await until("it to run", () => ran(run).length === 1);
    await gearmand.restart();
    // A job server that ends may say that the task has failed, as its worker seems to be gone.
    expect(await lost).toMatch(/"kind":"(?:lost|failed)"/);
    await until("the client to be back", () => client.state.type === "up");
    await until("the worker", async () => (await gearmand.status("rr-run")).workers === 1);
    await submit("rr-run", JSON.stringify({ host: "h2", command: "touch $HOME/go-kept" }));
    await until("the answer to be kept", () => worker.output().includes("could not be delivered"));
    await announce(run, 2, soon());
    const ask = (epoch: number) =>
      submit("rr-run", workloadOf(way, run, { epoch, notAfterMs: soon() }, "h1"));
    expect(await ask(1)).toMatchObject(OVERTAKEN);
    expect(await ask(2)).toMatchObject({ outcome: "ok", stdout: "its-own\n" });
    expect(hostLines(sshd, "ran").filter((line) => line === `${run}/kept`)).toHaveLength(1);
  });

  it("does nothing for one that has lost it, or that never said which it is", async () => {
    const run = newRun();
    expect(await announce(run, 2, soon())).toMatchObject({ ok: true, clockMs: expect.any(Number) as number });
    expect(await submitAll(all, run, { epoch: 1, notAfterMs: soon() })).toEqual(eachOf(all, OVERTAKEN));
    expect(await submitAll(all, run, {})).toEqual(eachOf(all, OVERTAKEN));
    expect(ran(run)).toEqual([]);
    expect(await announce(run, 1, soon())).toMatchObject({ ok: false, reason: OVERTAKEN.reason });
  });

  it("learns of the next one by what it is sent", async () => {
    const run = newRun();
    const [first] = STARTING;
    if (first === undefined) throw new Error("there are ways");
    expect(
      await submit("rr-run", workloadOf(first, run, { epoch: 2, notAfterMs: soon() }, "h1")),
    ).toMatchObject({
      outcome: "ok",
    });
    expect(await submitAll(all, run, { epoch: 1, notAfterMs: soon() })).toEqual(eachOf(all, OVERTAKEN));
    expect(ran(run)).toEqual([`${run}/once`]);
  });

  it("begins nothing after the time, which is sent anew", async () => {
    const run = newRun();
    const held = { epoch: 1, notAfterMs: Date.now() - 1 };
    expect(await submitAll(STARTING, run, held)).toEqual(eachOf(STARTING, LATE));
    // What begins nothing is asked all the same.
    const asked = await submitAll(ASKING, run, held);
    expect(Array.from(asked, ([name, { outcome }]) => `${name}: ${outcome}`)).toEqual([
      "withdraw: skipped",
      "kill: skipped",
      "kill-repeatable: unknown",
    ]);
    expect(ran(run)).toEqual([]);
    await announce(run, 1, soon());
    await submitAll(STARTING, run, held);
    expect(ran(run).toSorted()).toEqual(
      namesRan(
        STARTING.filter(({ name }) => name !== "again"),
        run,
      ),
    );
  });

  it("asks no gate for who has lost the run, or may have", async () => {
    const run = newRun();
    const ask = (held: object) =>
      submit<object>(
        "rr-gate",
        JSON.stringify({
          gate: { name: "g", run, slot: 1, job: "j", ask: 1, client: "c1", submission: "abcdefgh", ...held },
          timeoutMs: 5000,
          http: { url: "http://127.0.0.1:1/" },
        }),
      );
    const none = (reason: string) => ({
      reading: { kind: "none", reason: expect.stringContaining(reason) as string },
    });
    expect(await ask({ epoch: 1, notAfterMs: Date.now() - 1 })).toMatchObject(
      none("surely its coordinator's until"),
    );
    expect(await ask({ epoch: 2, notAfterMs: soon() })).toMatchObject(none("--gate-urls"));
    expect(await ask({ epoch: 1, notAfterMs: soon() })).toMatchObject(
      none("another coordinator has this run"),
    );
    expect(await ask({ notAfterMs: soon() })).toMatchObject(none("notAfterMs needs an epoch"));
  });

  it("looks once more when a task has waited for its host", async () => {
    const [lost, late, prolonged] = [newRun(), newRun(), newRun()];
    const ways = STARTING.filter(({ name }) => name !== "again");
    ssh.cut();
    ssh.stall();
    const [before, over] = [await running(), Date.now() + 4000];
    const answers = Promise.all([
      submitAll(ways, lost, { epoch: 1, notAfterMs: soon() }),
      submitAll(ways, late, { epoch: 1, notAfterMs: over }),
      submitAll(ways, prolonged, { epoch: 1, notAfterMs: over }),
    ]);
    await until("all to be taken", async () => (await running()) === before + 3 * ways.length);
    await announce(lost, 2, soon());
    await announce(prolonged, 1, soon());
    await sleep(over + 50 - Date.now());
    ssh.resume();
    const [ofLost, ofLate] = await answers;
    expect(ofLost).toEqual(eachOf(ways, OVERTAKEN));
    expect(ofLate).toEqual(eachOf(ways, LATE));
    expect([...ran(lost), ...ran(late)]).toEqual([]);
    expect(ran(prolonged).toSorted()).toEqual(namesRan(ways, prolonged));
  });

  it("asks a host no further whether it is well", async () => {
    const run = newRun();
    const command = `${ownFolder}; echo ${run}/asked >> $d/ran-all; exit 1`;
    const way = { name: "check", more: { command, check: { ...check, withinMs: 60_000 } } };
    const over = Date.now() + 2000;
    const answer = submit("rr-run", workloadOf(way, run, { epoch: 1, notAfterMs: over }, "h1"));
    await until("its time to be over", () => Date.now() > over);
    const then = asks(run);
    await until("two asks after its time", () => asks(run) >= then + 2);
    await announce(run, 2, soon());
    expect(await answer).toMatchObject(OVERTAKEN);
    const before = asks(run);
    await sleep(500);
    expect(asks(run)).toBe(before);
  });

  it("leaves a lost command and its record to who has the run by now", async () => {
    const run = newRun();
    const command = `${ownFolder}; echo ${run}/lost >> $d/ran; until [ -e $d/go ]; do sleep 0.1; done; exit 7`;
    const way = { name: "lost", more: { ...once, command } };
    const first = submit("rr-run", workloadOf(way, run, { epoch: 1, notAfterMs: soon() }, "h1"));
    await until("it to run", () => ran(run).length === 1);
    ssh.stall();
    ssh.cut();
    await announce(run, 2, soon());
    ssh.resume();
    expect(await first).toMatchObject({
      outcome: "unknown",
      mayBeRunning: true,
      reason: expect.stringContaining("another coordinator has this run by now") as string,
    });
    const next = { ...way, task: { again: { began: {} }, client: "c2", submission: "bcdefghi" } };
    const second = submit("rr-run", workloadOf(next, run, { epoch: 2, notAfterMs: soon() }, "h1"));
    await submit("rr-run", JSON.stringify({ host: "h1", command: `${ownFolder}; touch $d/go` }));
    expect(await second).toMatchObject({ outcome: "failed", exitCode: 7 });
    expect(ran(run)).toEqual([`${run}/lost`]);
  });
});

const asks = (run: string): number =>
  hostLines(sshd, "ran-all").filter((line) => line === `${run}/asked`).length;

/** Tasks that the worker has. */
async function running(): Promise<number> {
  const [tasks, gates] = await Promise.all([gearmand.status("rr-run"), gearmand.status("rr-gate")]);
  return tasks.running + gates.running;
}
