import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, type SubmitResult } from "../support/processes.ts";
import { ownFolder } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { startSignedSite, type SignedSite } from "../security/signed-site.ts";
import { CoordinatorKit } from "./kit.ts";

failOnLeftovers();

let signed: SignedSite;
let kit: CoordinatorKit;
/** The coordinator's own key, which the worker does not know. */
let carrier: string;
beforeAll(async () => {
  signed = await startSignedSite();
  carrier = signed.keys.make("carrier");
  kit = await CoordinatorKit.start(["--servers", signed.site.gearmand.server, "--sign-key", carrier]);
});
afterAll(async () => {
  await kit.stop();
  await signed.stop();
});

function submit(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<SubmitResult> {
  const env = { RR_COORDINATOR: `unix:${kit.socket}`, ...more };
  return runSubmit(args, { home: join(kit.home.path, "operator"), env });
}
const withKey = (): Readonly<Record<string, string>> => ({ RR_SIGN_KEY: signed.alice });

function flow(name: string, ...slots: readonly object[]): string {
  const jobs = slots.map((job) => ({ jobs: [{ hosts: "h[1-3]", ...job }] }));
  return signed.site.flow({ name, slots: jobs }, `${name}.json`);
}
const trace = (name: string): string => `${ownFolder}; echo "$RR_ATTEMPT" >> $d/${name}`;
const runOf = ({ stdout }: SubmitResult): string => stdout.trim();
const FINGERPRINT = expect.stringMatching(/^SHA256:/) as string;

describe("a run that a coordinator carries for an operator who signs its plan", () => {
  it("is taken by workers that know the operator alone, and told as his", async () => {
    const file = flow(
      "mine",
      {
        name: "build",
        hosts: "h1",
        command: `echo version=1.2 > $RR_OUT; ${trace("mine")}`,
        outputs: true,
      },
      {
        name: "install",
        retries: 1,
        retryOn: ["failed"],
        env: { VERSION: { from: "build", name: "version" } },
        command: `${trace("mine")}; test "$VERSION" = 1.2 && { [ "$RR_HOST $RR_ATTEMPT" != "h2 1" ] || exit 7; }`,
      },
    );
    const ended = await submit([file, "--output", "plain"], withKey());
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
    const audited = signed.audited({ job: "install", host: "h2" });
    expect(audited).toMatchObject([
      { principal: "alice", key: FINGERPRINT, carrier: FINGERPRINT, outcome: "failed", attempt: 1 },
      { principal: "alice", carrier: FINGERPRINT, outcome: "ok", attempt: 2 },
    ]);
    expect(audited[0]?.["key"]).not.toBe(audited[0]?.["carrier"]);
    const report = JSON.parse((await submit(["report", "last", "--json"])).stdout) as { signedBy?: string };
    expect(report.signedBy).toContain(String(audited[0]?.["key"]));
  });

  it("is refused where nobody but the coordinator signs it", async () => {
    const ended = await submit([flow("bare", { name: "j", command: trace("bare") }), "--output", "plain"]);
    expect(ended.code).not.toBe(0);
    expect(ended.stdout).toContain("is not among the allowed signers");
    expect(signed.audited({ job: "j", outcome: "ok" })).toEqual([]);
  });

  it("is gone on with by whoever signs for more attempts, and by nobody else", async () => {
    const file = flow("again", { name: "again", command: `${trace("again")}; [ "$RR_ATTEMPT" = 2 ]` });
    const failed = await submit([file, "--detach"], withKey());
    const run = runOf(failed);
    expect(await kit.ended(run)).toBe("failed");
    const unsigned = await submit(["resume", run, "--retry", "failed", "--detach"]);
    expect(unsigned.stderr).toContain("whoever goes on with it signs it anew: give --sign-key");
    expect(unsigned.code).toBe(2);
    const resumed = await submit(["resume", run, "--retry", "failed", "--output", "plain"], withKey());
    expect(resumed.code, resumed.stderr + resumed.stdout).toBe(0);
    expect(signed.audited({ job: "again", attempt: 2, outcome: "ok" })).toHaveLength(3);
  });

  it("holds when the time is over for which it was signed, and goes on when it is signed anew", async () => {
    const file = flow(
      "long",
      { name: "first", command: "sleep 4" },
      { name: "second", command: trace("long") },
    );
    const run = runOf(await submit([file, "--detach", "--max-run-time", "3s"], withKey()));
    await until("it to hold", async () =>
      /until when its operator signed its plan/.test((await kit.row(run)).reason ?? ""),
    );
    await until("the first to end", () => signed.audited({ job: "first", outcome: "ok" }).length === 3);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(signed.audited({ job: "second" })).toEqual([]);
    expect((await submit(["runs"])).stdout).toContain(`sign it anew: rr-submit sign ${run}`);
    expect((await submit(["sign", run])).stderr).toContain(
      "sign needs the key that signs: --sign-key, or RR_SIGN_KEY",
    );
    const anew = await submit(["sign", run], withKey());
    expect(anew.stderr).toMatch(/it may go on until 20/);
    expect(anew.code).toBe(0);
    expect(await kit.ended(run)).toBe("succeeded");
    const warned = (await kit.events(run)).flatMap((event) => (event.type === "warning" ? [event.text] : []));
    expect(kit.logged("a run holds", run)).toEqual([
      expect.objectContaining({
        level: "warn",
        reason: expect.stringContaining(`sign it anew: rr-submit sign ${run}`) as string,
      }),
    ]);
    expect(warned).toEqual([expect.stringMatching(/^the run holds: its operator signed its plan until/)]);
    expect(signed.audited({ job: "second", outcome: "ok" })).toHaveLength(3);
    const over = await submit(["sign", run], withKey());
    expect(over).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has ended; rr-submit resume") as string,
    });
  });

  it("goes on with the next coordinator, be its key another one that was signed for, and else waits", async () => {
    const other = signed.keys.make("other");
    const second = await CoordinatorKit.start([
      "--servers",
      signed.site.gearmand.server,
      "--sign-key",
      other,
    ]);
    try {
      const file = flow("wrong", { name: "wrong", command: trace("wrong") });
      const ofOther = await runSubmit([file, "--detach"], {
        home: join(second.home.path, "operator"),
        env: { RR_COORDINATOR: `unix:${second.socket}`, ...withKey() },
      });
      expect(await second.ended(runOf(ofOther))).toBe("succeeded");
    } finally {
      await second.stop();
    }
    const file = flow("moved", { name: "one", command: "sleep 3" }, { name: "two", command: trace("moved") });
    const run = runOf(await submit([file, "--detach"], withKey()));
    await until("it to run", async () => (await kit.events(run)).some(({ type }) => type === "task.started"));
    rmSync(carrier);
    rmSync(`${carrier}.pub`);
    await kit.program.stop();
    signed.keys.make("carrier");
    await kit.restart();
    await until(
      "it to wait",
      async () =>
        /lets other coordinators carry the run, and not this one/.test((await kit.row(run)).reason ?? ""),
      { withinMs: 40_000 },
    );
    const anew = await submit(["sign", run], withKey());
    expect(anew.code, anew.stderr).toBe(0);
    expect(await kit.ended(run, 60_000)).toBe("succeeded");
    expect(signed.audited({ job: "two", outcome: "ok" })).toHaveLength(3);
  });
});

describe("a coordinator without a key", () => {
  it("says that nothing is signed, and is given no signed plan", async () => {
    const bare = await CoordinatorKit.start(["--servers", signed.site.gearmand.server]);
    try {
      const file = flow("keyless", { name: "keyless", command: trace("keyless") });
      const ended = await runSubmit([file, "--output", "plain"], {
        home: join(bare.home.path, "operator"),
        env: { RR_COORDINATOR: `unix:${bare.socket}`, ...withKey() },
      });
      expect(ended.stderr).toContain("has no key (rr-coordinator --sign-key): the plan is not signed");
      expect(ended.stdout).toContain("it is not signed, and this worker takes only signed messages");
    } finally {
      await bare.stop();
    }
  });
});
