import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GearmanWorker, Places, type GrabbedJob } from "@roadrunner/core/gearman";
import { MESSAGE_LIFE_MS } from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { outcomes, type Site, type SiteRun } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { refused } from "./attacker.ts";
import type { Keys } from "./keys.ts";
import { signAs } from "./sign-as.ts";
import { flow, startSignedSite, type SignedSite } from "./signed-site.ts";
import { attacker, tap, useAttacker } from "./use-attacker.ts";

failOnLeftovers();

let signed: SignedSite;
let site: Site;
let keys: Keys;
let alice: string;

beforeAll(async () => {
  signed = await startSignedSite();
  ({ site, keys, alice } = signed);
  keys.make("mallory");
});
afterAll(async () => {
  await signed.stop();
});
useAttacker(() => site.gearmand);

/** Runs it signed by alice, read by the tap on its way. */
async function signedRun(trace: string, more: object = {}): Promise<SiteRun> {
  return site.run(flow(trace, more), ["--sign-key", alice, "--servers", tap.server]);
}

describe("one who only reaches the job server", () => {
  it("submits by hand: refused", async () => {
    const workload = JSON.stringify({ host: "h1", command: `${ownFolder}; echo in >> $d/byhand` });
    expect(await attacker.byHand("rr-run", workload)).toEqual(refused(/not signed/));
    expect(await attacker.submit("rr-run", workload)).toEqual(refused(/not signed/));
    expect(site.lines("byhand")).toEqual([]);
    expect(signed.audited({ outcome: "refused" }).length).toBeGreaterThanOrEqual(2);
  });

  it("submits a run that nobody signed: it fails before any harm", async () => {
    const { code, events } = await site.run(flow("unsigned"));
    expect(code).toBe(1);
    expect(new Set(outcomes(events).values())).toEqual(new Set(["refused"]));
    expect(site.lines("unsigned")).toEqual([]);
  });

  it("signs with a key of his own: refused", async () => {
    const { code, events } = await site.run(flow("stranger"), ["--sign-key", join(keys.path, "mallory")]);
    expect(code).toBe(1);
    expect(events.find((event) => event.type === "task.ended")).toEqual(
      refused(/not among the allowed signers/),
    );
    expect(site.lines("stranger")).toEqual([]);
  });

  it("keeps a submission until it has expired: refused", async () => {
    const atMs = Date.now() - MESSAGE_LIFE_MS - 6 * 60_000;
    const old = await signAs(alice, {
      kind: "task",
      run: "r",
      functionName: "rr-run",
      unique: "some-unique",
      body: "{}",
      atMs,
    });
    expect(await attacker.submit("rr-run", old.text, old.unique)).toEqual(refused(/expired at/));
  });

  it("alters a submission anywhere: refused", async () => {
    await signedRun("altered", { hosts: "h1" });
    const [job] = tap.jobs("rr-run");
    const text = job?.workload.toString() ?? "";
    for (const [what, by] of [
      ["/altered", "/altered2"],
      ['\\"host\\":\\"h1\\"', '\\"host\\":\\"h2\\"'],
      ['\\"delivery\\":\\"once\\"', '\\"delivery\\":\\"repeatable\\"'],
      ['\\"function\\"', '\\"functions\\"'],
    ] as const) {
      expect(text).toContain(what);
      expect(await attacker.submit("rr-run", text.replace(what, by), job?.unique)).toEqual(
        refused(/altered/),
      );
    }
    const run = /\\"run\\":\\"([^\\]+)/.exec(text)?.[1] ?? "";
    const rerun = await attacker.submit(
      "rr-run",
      text.replaceAll(run, "20261124-000000-zzzzzzzz"),
      job?.unique,
    );
    expect(rerun).toEqual(refused(/certificate was not made by the key/));
    expect(site.lines("altered")).toEqual(["h1"]);
    expect(site.lines("altered2")).toEqual([]);
  });

  it("re-addresses a submission: refused by another pool, and under another unique", async () => {
    await signedRun("readdressed", { hosts: "h1" });
    const [job] = tap.jobs("rr-run");
    const other = site.addWorker(["--pool", "dc2", "--id", "w2"]);
    await until("the pool", async () => (await site.gearmand.status("rr-run.dc2")).workers === 1);
    expect(await attacker.submit("rr-run.dc2", job?.workload ?? "", job?.unique)).toEqual(
      refused(/signed for rr-run, and came as rr-run.dc2/),
    );
    expect(await attacker.submit("rr-run", job?.workload ?? "", "another")).toEqual(
      refused(/another submission/),
    );
    await other.stop();
    site.workers.splice(site.workers.indexOf(other), 1);
    expect(site.lines("readdressed")).toEqual(["h1"]);
  });

  it("reorders what was submitted: later slots are not there to be brought forward", async () => {
    const job = (name: string) =>
      flow("reordered").slots[0]?.jobs.map((one) => ({ ...one, name, hosts: "h1" }));
    const run = site.run(
      {
        name: "reordered",
        slots: [{ jobs: [{ ...job("a")?.[0], command: "sleep 2" }] }, { jobs: job("b") }],
      },
      ["--sign-key", alice, "--servers", tap.server],
    );
    await until("the first slot", () => tap.jobs("rr-run").length > 0);
    expect(tap.jobs("rr-run")).toHaveLength(1);
    expect((await run).code).toBe(0);
    expect(tap.jobs("rr-run")).toHaveLength(2);
    for (const tapped of tap.jobs("rr-run").toReversed())
      expect(await attacker.submit("rr-run", tapped.workload, tapped.unique)).toEqual(refused(/replayed/));
    expect(site.lines("reordered")).toEqual(["h1"]);
  });

  it("kills and revokes: refused, and what runs goes on", async () => {
    const run = site.run(
      flow("goes-on", { hosts: "h1", command: `sleep 3; ${flow("goes-on").slots[0]?.jobs[0]?.command}` }),
      [...["--sign-key", alice, "--servers", tap.server]],
    );
    await until("the task", () => tap.jobs("rr-run").length > 0);
    const text = tap.jobs("rr-run")[0]?.workload.toString() ?? "";
    const [id, client] = [/\\"run\\":\\"([^\\]+)/, /\\"client\\":\\"([^\\]+)/].map(
      (part) => part.exec(text)?.[1],
    );
    for (const type of ["kill", "revoke"]) {
      const message = JSON.stringify({ type, v: 1, run: id, client });
      expect(await attacker.submit(`rr-control.${await site.workerId("w1")}`, message)).toMatchObject({
        ok: false,
        reason: expect.stringContaining("not signed") as string,
      });
    }
    expect((await run).code).toBe(0);
    expect(site.lines("goes-on")).toEqual(["h1"]);
  });

  it("asks how the worker stands: told, as anybody is, without a warning", async () => {
    const warnings = () =>
      site.workers.map((worker) => worker.output().match(/refused a control message/g)?.length);
    const before = warnings();
    const told = await attacker.submit(`rr-control.${await site.workerId("w1")}`, '{"type":"status","v":1}');
    expect(told).toMatchObject({ ok: true, worker: await site.workerId("w1"), state: "running" });
    expect((await runSubmit(["status", "--servers", site.gearmand.server])).stdout).toMatch(
      /w1-[a-z2-7]{4} .* running /,
    );
    expect(warnings()).toEqual(before);
  });

  it("floods: each job is refused, a signed run beside it ends well, the audit log stays small", async () => {
    const before = statSync(signed.auditLog).size;
    const workload = JSON.stringify({ host: "h1", command: "id", env: { PAD: "x".repeat(1000) } });
    const flood = Array.from({ length: 3000 }, () => attacker.submit("rr-run", workload));
    const { code } = await signedRun("flooded");
    expect(code).toBe(0);
    expect((await Promise.all(flood)).every(({ outcome }) => outcome === "refused")).toBe(true);
    expect(statSync(signed.auditLog).size - before).toBeLessThan(200_000);
  });

  it("impersonates a client that has been struck from the file: refused at once", async () => {
    const signers = join(keys.path, "allowed_signers");
    const kept = readFileSync(signers, "utf8");
    writeFileSync(signers, "# nobody\n");
    const { code, events } = await site.run(flow("struck"), ["--sign-key", alice]);
    writeFileSync(signers, kept);
    expect(code).toBe(1);
    expect(events.find((event) => event.type === "task.ended")).toEqual(
      refused(/not among the allowed signers/),
    );
    expect(site.lines("struck")).toEqual([]);
  });
});

describe("one who registers as a worker, where nothing is sealed", () => {
  it("is believed, and runs nothing: signatures are of submissions, not of answers", async () => {
    const real = site.workers[0];
    real?.signal("SIGSTOP");
    const forged = { v: 1, host: "h1", outcome: "ok", exitCode: 0, worker: "w1", stdout: "", stderr: "" };
    const forge = ({ workload }: GrabbedJob): string => {
      const { signed } = JSON.parse(workload.toString()) as { signed: { body: string } };
      const { task } = JSON.parse(signed.body) as { task: { submission: string } };
      return JSON.stringify({ ...forged, submission: task.submission });
    };
    const impostor = new GearmanWorker({
      servers: [{ host: site.gearmand.address, port: site.gearmand.port }],
      clientId: "impostor",
      functions: [{ name: "rr-run", handler: async (job) => forge(job) }],
      places: new Places(1),
      onHandlerError: () => "",
      onUndeliverable: () => undefined,
    });
    impostor.start();
    const { code } = await site.run(flow("forged", { hosts: "h1" }), ["--sign-key", alice]);
    await impostor.close();
    real?.signal("SIGCONT");
    expect(code).toBe(0);
    expect(site.lines("forged")).toEqual([]);
  });
});
