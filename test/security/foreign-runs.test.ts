import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChildProgram } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { refused } from "./attacker.ts";
import { makeKeys, type Keys } from "./keys.ts";
import { signAs, signTask, workloadIn, type WrittenWorkload } from "./sign-as.ts";
import { flow } from "./signed-site.ts";
import { attacker, tap, useAttacker } from "./use-attacker.ts";

failOnLeftovers();

/** Mallory may sign, and run as what she likes on the same hosts; but alice's runs are alice's. */
let keys: Keys;
let site: Site;
let alice: string;
let mallory: string;

beforeAll(async () => {
  keys = makeKeys();
  alice = keys.make("alice");
  mallory = keys.make("mallory");
  const policy = join(keys.path, "policy.json");
  const rules = [
    { principals: "alice", hosts: "*", users: "*" },
    { principals: "mallory", hosts: "h[1-3]", users: ["root", "nobody"] },
  ];
  writeFileSync(policy, JSON.stringify({ rules }));
  site = await Site.start({
    hosts: names("h", 3),
    workers: 1,
    workerArgs: [
      ...["--allowed-signers", keys.allow("allowed_signers", "alice", "mallory")],
      ...["--policy", policy, "--id", "w1"],
    ],
  });
});
afterAll(async () => {
  await site.stop();
  keys.remove();
});
useAttacker(() => site.gearmand);

const sendAs = async (key: string, workload: WrittenWorkload) => {
  const { text, unique } = await signTask(key, workload);
  return attacker.submit("rr-run", text, unique);
};

/** Alice's command runs until it is told to go on; mallory has seen its submission. */
async function aliceRuns(trace: string): Promise<{ run: ChildProgram; seen: ReturnType<typeof workloadIn> }> {
  const command = `${ownFolder}; echo in >> $d/${trace}; until [ -e $d/${trace}-go ]; do sleep 0.1; done; echo alices-own`;
  const run = site.startSubmit(flow(trace, { hosts: "h1", command }), [
    ...["--sign-key", alice, "--servers", tap.server, "--output", "ndjson"],
  ]);
  await until("her command", () => site.lines(trace).length === 1);
  return { run, seen: workloadIn(tap.jobs("rr-run")[0]?.workload ?? "") };
}

async function goOn(trace: string, host = "h1"): Promise<void> {
  const task = {
    run: "20260101-000000-goesongo",
    slot: 1,
    job: "go",
    attempt: 1,
    client: "c",
    submission: "abcdefgh",
  };
  const command = `${ownFolder}; touch $d/${trace}-go`;
  expect(await sendAs(alice, { host, command, delivery: "repeatable", task })).toMatchObject({
    outcome: "ok",
  });
}

describe("one who may sign, and signs for another's run", () => {
  it.each(["kill", "withdraw", "run"] as const)("orders to %s her task: it goes on", async (order) => {
    const trace = `ordered-${order}`;
    const { run, seen } = await aliceRuns(trace);
    const again = {};
    const answer = await sendAs(mallory, { ...seen, task: { ...seen.task, order, again } });
    expect(answer).toMatchObject({
      outcome: order === "run" ? "refused" : "unknown",
      reason: expect.stringContaining("of another signer's") as string,
      stdout: "",
    });
    await goOn(trace);
    expect((await run.exited).code).toBe(0);
    expect(site.lines(trace)).toEqual(["in"]);
  });

  it.each(["kill", "revoke"] as const)(
    "tells the worker to %s her run: nothing of it is met",
    async (type) => {
      const trace = `told-${type}`;
      const { run, seen } = await aliceRuns(trace);
      const { run: id, client } = seen.task;
      for (const named of [client, `${client} of alice`]) {
        const message = await signAs(mallory, {
          kind: "control",
          run: id,
          functionName: `rr-control.${await site.workerId("w1")}`,
          unique: `control-${type}-${named.length}`,
          body: JSON.stringify({ type, v: 1, run: id, client: named }),
        });
        await attacker.submit(message.functionName, message.text, message.unique);
      }
      await goOn(trace);
      expect((await run.exited).code).toBe(0);
    },
  );

  it("announces that another coordinator has it: nothing changes but for her own", async () => {
    const run = "20260101-000000-epochsx";
    const announce = async (key: string, epoch: number) => {
      const message = await signAs(key, {
        kind: "control",
        run,
        functionName: `rr-control.${await site.workerId("w1")}`,
        unique: `epoch-${epoch}`,
        body: JSON.stringify({
          type: "epoch",
          v: 1,
          run,
          client: "c",
          epoch,
          notAfterMs: Date.now() + 60_000,
        }),
      });
      return attacker.submit(message.functionName, message.text, message.unique);
    };
    const ask = (key: string, submission: string) => {
      const task = { run, slot: 1, job: "j", attempt: 1, client: "c", submission, epoch: 1 };
      return sendAs(key, { host: "h1", command: "echo hers", delivery: "repeatable", task });
    };
    expect(await announce(mallory, 9)).toMatchObject({ ok: true });
    expect(await ask(alice, "abcdefgh")).toMatchObject({ outcome: "ok" });
    expect(await ask(mallory, "abcdefgh")).toEqual(
      refused(/another coordinator has this run by now, in epoch 9/),
    );
    expect(await announce(alice, 2)).toMatchObject({ ok: true });
    expect(await ask(alice, "bcdefghi")).toEqual(
      refused(/another coordinator has this run by now, in epoch 2/),
    );
  });

  it("asks for an answer that is kept for her, as another user or for another command: does not get it", async () => {
    const trace = "kept";
    const { run, seen } = await aliceRuns(trace);
    await run.kill();
    await site.gearmand.restart();
    await site.allWorkersUp();
    await until("the attacker to be back", () => attacker.isUp);
    await goOn(trace);
    await until("the answer to be kept", () =>
      /could not be delivered/.test(site.workers[0]?.output() ?? ""),
    );
    for (const what of [{}, { user: "nobody" }, { command: "id" }, { address: "h2" }]) {
      const answer = await sendAs(mallory, { ...seen, ...what });
      expect(JSON.stringify(answer)).not.toContain("alices-own");
      expect(answer["outcome"]).not.toBe("ok");
    }
    const own = await sendAs(alice, { ...seen, task: { ...seen.task, again: {} } });
    expect(own).toMatchObject({ outcome: "ok", stdout: "alices-own\n" });
    expect(site.lines(trace)).toEqual(["in"]);
  });

  it("is told on her own run what becomes of it", async () => {
    const task = {
      run: "20260101-000000-malloryx",
      slot: 1,
      job: "j",
      attempt: 1,
      client: "c",
      submission: "abcdefgh",
    };
    const own = await sendAs(mallory, { host: "h1", command: "echo hers", delivery: "once", task });
    expect(own).toMatchObject({ outcome: "ok", stdout: "hers\n" });
    expect(await sendAs(mallory, { host: "h4", command: "id", delivery: "once", task })).toEqual(
      refused(/policy does not give mallory the host h4/),
    );
  });
});
