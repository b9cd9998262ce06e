import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parsePoolKeys, PoolSeal } from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, Site } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { flow } from "./signed-site.ts";
import { type TappedJob } from "./tap.ts";
import { attacker, tap, useAttacker } from "./use-attacker.ts";

failOnLeftovers();

/** A pool key and nothing else: no signatures, no audit. */
const key = randomBytes(32).toString("base64");
let temp: TempDir;
let site: Site;
let options: readonly string[];

beforeAll(async () => {
  temp = makeTempDir("pool");
  const path = join(temp.path, "pool.keys");
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  site = await Site.start({
    hosts: names("h", 3),
    workers: 1,
    workerArgs: ["--pool-key-file", path, "--id", "w1"],
  });
  options = ["--pool-key-file", path];
});
afterAll(async () => {
  await site.stop();
  temp.remove();
});
useAttacker(() => site.gearmand);

function pool(): PoolSeal {
  const keys = parsePoolKeys(key);
  if (!keys.ok) throw new Error(keys.error.join());
  return new PoolSeal(keys.value);
}

/** What a worker says to one who has seen the message and cannot open the answer. */
const replay = (job: TappedJob | undefined) => attacker.submit("rr-run", job?.workload ?? "", job?.unique);

describe.each(["once", "repeatable"] as const)("a %s task, sealed and not signed", (delivery) => {
  it("does not run again when what was seen is sent again, to its worker or to a new one", async () => {
    const trace = `sealed-${delivery}`;
    expect((await site.run(flow(trace, { delivery }), [...options, "--servers", tap.server])).code).toBe(0);
    const jobs = tap.jobs("rr-run");
    expect(jobs).toHaveLength(3);
    for (const job of jobs) expect(await replay(job)).toHaveProperty("sealed");
    await site.workers[0]?.stop();
    site.workers.length = 0;
    site.addWorker();
    await site.allWorkersUp();
    for (const job of jobs) expect(await replay(job)).toHaveProperty("sealed");
    expect(site.lines(trace).toSorted()).toEqual(["h1", "h2", "h3"]);
    await site.workers[0]?.waitFor("older than this worker");
  });
});

describe("a sealed kill", () => {
  it("is heard once", async () => {
    const to = { function: `rr-control.${await site.workerId("w1")}`, unique: "control-1" };
    const body = JSON.stringify({ type: "revoke", v: 1, run: "20260101-000000-abcdefgh", client: "c" });
    const message = pool().seal(to, body, Date.now());
    const send = async () => JSON.stringify(await attacker.submit(to.function, message.text, to.unique));
    expect(message.answers.open(await send(), true)).toMatchObject({ ok: true });
    const heard = () => site.workers[0]?.output().match(/revoked tasks/g)?.length;
    await until("the revocation to be told", () => heard() === 1);
    await send();
    await until("the replay to be told", () =>
      /refused a control message.*replayed/.test(site.workers[0]?.output() ?? ""),
    );
    expect(heard()).toBe(1);
  });

  it("is not heard when it was sealed long ago", async () => {
    const to = { function: `rr-control.${await site.workerId("w1")}`, unique: "control-2" };
    const body = JSON.stringify({ type: "kill", v: 1, run: "20260101-000000-abcdefgh", client: "c" });
    const old = pool().seal(to, body, Date.now() - 400 * 86_400_000);
    const answer = await attacker.submit(to.function, old.text, to.unique);
    const opened = old.answers.open(JSON.stringify(answer), true);
    expect(opened.ok && JSON.parse(opened.value.text)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("expired at") as string,
    });
  });
});
