import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GearmanWorker, Places, type GrabbedJob } from "@roadrunner/core/gearman";
import { parsePoolKeys, PoolSeal } from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startWorker } from "../support/processes.ts";
import { names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { refused } from "./attacker.ts";
import { makeKeys, type Keys } from "./keys.ts";
import { type TappedJob } from "./tap.ts";
import { attacker, tap, useAttacker } from "./use-attacker.ts";

failOnLeftovers();

let keys: Keys;
let site: Site;
let poolKeys: string;
let signed: readonly string[];
let options: readonly string[];

beforeAll(async () => {
  keys = makeKeys();
  const alice = keys.make("alice");
  poolKeys = secret("pool-keys", `${randomBytes(32).toString("base64")}\n`);
  site = await Site.start({
    hosts: names("hiddenhost", 2),
    workers: 1,
    workerArgs: [
      ...["--allowed-signers", keys.allow("allowed_signers", "alice"), "--pool-key-file", poolKeys],
      ...["--id", "w1"],
    ],
  });
  signed = ["--sign-key", alice];
  options = [...signed, "--pool-key-file", poolKeys];
});
afterAll(async () => {
  await site.stop();
  keys.remove();
});
useAttacker(() => site.gearmand);

function secret(name: string, text: string): string {
  const path = join(keys.path, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function flow(trace: string, more: object = {}) {
  const command = `${ownFolder}; echo "$RR_HOST" >> $d/${trace}`;
  const hosts = "hiddenhost[1-2]";
  return { name: trace, slots: [{ jobs: [{ name: "hiddenjob", hosts, command, ...more }] }] };
}

/** A worker that is none: it answers as it likes, so often, and then leaves. */
async function impersonate(
  answers: number,
  answer: (job: GrabbedJob) => string,
): Promise<() => Promise<void>> {
  let left = answers;
  const { address: host, port } = site.gearmand;
  const worker: GearmanWorker = new GearmanWorker({
    servers: [{ host, port }],
    clientId: "impostor",
    functions: [
      {
        name: "rr-run",
        handler: async (job) => {
          left -= 1;
          if (left === 0) worker.pause();
          return answer(job);
        },
      },
    ],
    places: new Places(1),
    onHandlerError: () => "",
    onUndeliverable: () => undefined,
  });
  // The real one is registered as well, though it stands still.
  const { workers } = await site.gearmand.status("rr-run");
  worker.start();
  await until("the impostor", async () => (await site.gearmand.status("rr-run")).workers > workers);
  return async () => {
    await until("the impostor to have answered", () => left <= 0);
    await worker.close();
  };
}

const FORGED = {
  v: 1,
  host: "hiddenhost1",
  outcome: "ok",
  exitCode: 0,
  worker: "w1",
  stdout: "",
  stderr: "",
};

describe("a sealed run", () => {
  it("runs, and nothing of it can be read on its way", async () => {
    const command = `${ownFolder}; echo "$RR_HOST" >> $d/sealed; echo hidden-$HIDDEN_NAME; echo hidden-error >&2`;
    const run = await site.run(flow("sealed", { command, env: { HIDDEN_NAME: "value" } }), [
      ...options,
      ...["--servers", tap.server, "--follow"],
    ]);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("hidden-value");
    expect(run.events.filter((event) => event.type === "task.output").length).toBeGreaterThan(0);
    expect(site.lines("sealed").sort()).toEqual(["hiddenhost1", "hiddenhost2"]);
    const passed = tap.all();
    expect(passed.length).toBeGreaterThan(2000);
    const started = run.events.find((event) => event.type === "run.started");
    for (const word of ["hidden", "HIDDEN", "echo", "command", "outcome", started?.run ?? "", "exitCode"]) {
      expect(passed.includes(word), word).toBe(false);
    }
  });

  it("goes on through a rotation: the new key is written with, the old one still read", async () => {
    const old = readFileSync(poolKeys, "utf8");
    writeFileSync(poolKeys, `# the new one first\n${randomBytes(32).toString("hex")}\n${old}`);
    const withOld = [...signed, "--pool-key-file", secret("old-keys", old)];
    expect((await site.submit(flow("rotated"), withOld)).code).toBe(0);
    expect((await site.submit(flow("rotated"), options)).code).toBe(0);
    writeFileSync(poolKeys, readFileSync(poolKeys, "utf8").split("\n").slice(0, 2).join("\n"));
    const gone = site.startSubmit(flow("rotated"), [...withOld, "--output", "ndjson"]);
    await gone.waitFor(/is sealed with the key [0-9a-f]{8}, which this worker does not have/);
    await gone.kill();
    expect(site.lines("rotated")).toHaveLength(4);
  });

  it("shows its workers to who has the key, and only numbers to others", async () => {
    const status = ["status", "--servers", site.gearmand.server, "--json"];
    const own = await runSubmit([...status, "--pool-key-file", poolKeys]);
    expect(own.stdout).toContain('"state": "running"');
    expect((await runSubmit(status)).stdout).toContain('"state": "sealed"');
    expect(site.workers[0]?.output()).not.toContain("refused a control message");
  });
});

describe("rr-submit status with a pool key", () => {
  it("says of each worker that cannot read the question why that is", async () => {
    const other = secret("other-keys", `${randomBytes(32).toString("base64")}\n`);
    const started = ["--servers", site.gearmand.server, "--pool", "elsewhere"];
    const workers = [
      startWorker([...started, "--id", "w-none"]),
      startWorker([...started, "--id", "w-other", "--pool-key-file", other]),
    ];
    try {
      const served = async () => (await site.gearmand.status("rr-run.elsewhere")).workers === 2;
      await until("the workers", served, { lastSeen: () => workers.map((one) => one.output()).join("\n") });
      const status = ["status", "--servers", site.gearmand.server, "--json", "--pool-key-file", poolKeys];
      expect(JSON.parse((await runSubmit(status)).stdout)).toMatchObject({
        workers: [
          {
            id: expect.stringMatching(/^w-none-/) as string,
            problem: expect.stringMatching(/^answers unsealed: it has no pool key; /) as string,
          },
          {
            id: expect.stringMatching(/^w-other-/) as string,
            problem: expect.stringMatching(
              /^refuses the question: .* which this worker does not have; compare its pool key file with yours$/,
            ) as string,
          },
          { id: expect.stringMatching(/^w1-/) as string, state: "running" },
        ],
      });
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
  });
});

describe("one who reaches the job server, and has not the key", () => {
  it("submits without sealing, or sealed with a key of his own: refused", async () => {
    expect(await attacker.byHand("rr-run", '{"host":"hiddenhost1","command":"id"}')).toEqual(
      refused(/not sealed/),
    );
    const own = parsePoolKeys(randomBytes(32).toString("hex"));
    if (!own.ok) throw new Error(own.error.join());
    const to = { function: "rr-run", unique: "sealed-by-him" };
    const { text } = new PoolSeal(own.value).seal(to, '{"host":"hiddenhost1","command":"id"}', Date.now());
    expect(await attacker.submit("rr-run", text, to.unique)).toEqual(
      refused(/which this worker does not have/),
    );
  });

  it("has the key and signs nothing: refused", async () => {
    const { code, events } = await site.run(flow("unsigned"), ["--pool-key-file", poolKeys]);
    expect(code).toBe(1);
    expect(events.find((event) => event.type === "task.ended")).toEqual(refused(/not signed/));
  });

  it("replays, alters and re-addresses: refused, and the once task does not run again", async () => {
    expect((await site.run(flow("attacked"), [...options, "--servers", tap.server])).code).toBe(0);
    const [job] = tap.jobs("rr-run") as [TappedJob];
    const text = job.workload.toString();
    expect(await attacker.submit("rr-run", text, job.unique)).toHaveProperty("sealed");
    expect(await attacker.submit("rr-run", text, "another")).toEqual(
      refused(/altered, or sealed for another/),
    );
    const { sealed } = JSON.parse(text) as { sealed: { data: string } };
    const altered = text.replace(sealed.data.slice(0, 4), sealed.data.startsWith("AAAA") ? "BBBB" : "AAAA");
    expect(await attacker.submit("rr-run", altered, job.unique)).toEqual(refused(/altered/));
    expect(site.lines("attacked").sort()).toEqual(["hiddenhost1", "hiddenhost2"]);
  });

  it("impersonates a worker: what he answers is not believed, and the task is asked for again", async () => {
    const real = site.workers[0];
    real?.signal("SIGSTOP");
    const gone = await impersonate(1, () => JSON.stringify(FORGED));
    const run = site.run(flow("forged", { hosts: "hiddenhost1" }), options);
    await gone();
    real?.signal("SIGCONT");
    const { code, events } = await run;
    expect(events.find((event) => event.type === "task.lost")).toMatchObject({
      reason: expect.stringContaining("is not sealed, so it is not believed") as string,
    });
    expect(code).toBe(0);
    expect(site.lines("forged")).toEqual(["hiddenhost1"]);
  });

  it("answers with what another submission was answered: not believed", async () => {
    let answer = "";
    await site.run(flow("recorded", { hosts: "hiddenhost1" }), [...options, "--servers", tap.server]);
    const [job] = tap.jobs("rr-run") as [TappedJob];
    answer = JSON.stringify(await attacker.submit("rr-run", job.workload, job.unique));
    const real = site.workers[0];
    real?.signal("SIGSTOP");
    const gone = await impersonate(1, () => answer);
    const run = site.run(flow("recorded", { hosts: "hiddenhost2" }), options);
    await gone();
    real?.signal("SIGCONT");
    const { code, events } = await run;
    expect(events.find((event) => event.type === "task.lost")).toMatchObject({
      reason: expect.stringContaining("sealed for another submission") as string,
    });
    expect(code).toBe(0);
    expect(outcomes(events)).toEqual(new Map([["hiddenjob hiddenhost2", "ok"]]));
    expect(site.lines("recorded").sort()).toEqual(["hiddenhost1", "hiddenhost2"]);
  });
});
