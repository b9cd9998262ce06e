import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bareEnv, startChild } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { findProgram } from "../support/programs.ts";
import type { Site } from "../support/site.ts";
import { until } from "../support/until.ts";
import type { Keys } from "./keys.ts";
import { flow, startSignedSite, type SignedSite } from "./signed-site.ts";

failOnLeftovers();

let signed: SignedSite;
let site: Site;
let keys: Keys;
let alice: string;

beforeAll(async () => {
  signed = await startSignedSite();
  ({ site, keys, alice } = signed);
});
afterAll(async () => {
  await signed.stop();
});

describe("a run signed by one who may", () => {
  it("runs, and the audit log tells who ran what where, as whom, with which outcome", async () => {
    const { code, events, stderr } = await site.run(flow("signed"), ["--sign-key", alice]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(site.lines("signed").sort()).toEqual(["h1", "h2", "h3"]);
    const started = events.find((event) => event.type === "run.started");
    const lines = signed.audited({ run: started?.run });
    expect(lines.map(({ host }) => String(host)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "h1",
      "h2",
      "h3",
    ]);
    expect(lines[0]).toMatchObject({
      principal: "alice",
      key: expect.stringMatching(/^SHA256:/) as string,
      plan: started?.type === "run.started" ? started.digest : "",
      user: expect.any(String) as string,
      command: expect.stringContaining("signed") as string,
      outcome: "ok",
      exitCode: 0,
    });
    expect(started).toMatchObject({ signedBy: `key ${String(lines[0]?.["key"])}` });
    expect(statSync(signed.auditLog).mode & 0o777).toBe(0o600);
  });

  it("is killed by its own operator", async () => {
    const run = site.startSubmit(flow("killed", { hosts: "h1", command: "echo up; sleep 300" }), [
      "--sign-key",
      alice,
      "--output",
      "ndjson",
      "--follow",
    ]);
    await run.waitFor('"data":"up');
    run.signal("SIGINT");
    await run.waitFor("stopping");
    // A second signal within a second is taken for the same keypress.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    run.signal("SIGINT");
    expect((await run.exited).code).toBe(130);
    expect(run.stdout()).toContain('"outcome":"cancelled"');
  });

  it("is signed by a key in the agent, named by its public half", async () => {
    const socket = join(keys.path, "agent");
    const agent = startChild(findProgram("ssh-agent"), ["-D", "-a", socket]);
    await until("the agent's socket", () => statSync(socket, { throwIfNoEntry: false }));
    const env = { SSH_AUTH_SOCK: socket };
    const sign = ["--sign-key", `${alice}.pub`];
    const without = await site.submit(flow("agent"), sign, { env });
    expect(without.code).toBe(2);
    expect(without.stderr).toContain("not among the keys of the agent");
    const added = startChild(findProgram("ssh-add"), ["-q", alice], {
      env: { ...bareEnv, ...env },
    });
    expect((await added.exited).code).toBe(0);
    const run = await site.submit(flow("agent"), sign, { env });
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    await agent.stop();
  });

  it("says what is wrong with a key that cannot sign, and sends nothing", async () => {
    const locked = keys.make("locked", "-t", "ed25519", "-N", "a passphrase");
    const run = await site.submit(flow("locked"), ["--sign-key", locked]);
    expect(run).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is encrypted: load it into the agent/) as string,
    });
    const missing = await site.submit(flow("locked"), ["--sign-key", join(keys.path, "none")]);
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no such file") as string,
    });
    expect(site.lines("locked")).toEqual([]);
  });
});

describe("resuming a signed run", () => {
  it("signs anew, with another fresh key", async () => {
    const home = join(keys.path, "home");
    const run = site.startSubmit(
      {
        name: "resumed",
        slots: [{ jobs: flow("resumed", { hosts: "h1" }).slots[0]?.jobs, confirm: "go on?" }],
      },
      ["--sign-key", alice],
      { home },
    );
    expect((await run.exited).code).toBe(3);
    const resume = ["resume", "last", "--confirm", "--servers", site.gearmand.server];
    const goneOn = await runSubmit([...resume, "--sign-key", alice], { home });
    expect(goneOn.stderr).toBe("");
    expect(goneOn.code).toBe(0);
    expect(site.lines("resumed")).toEqual(["h1"]);
  });
});
