import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "@roadrunner/core";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { names, outcomes, Site } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { within } from "../support/until.ts";

failOnLeftovers();

const SECRET = "hunter2-and-more";
let site: Site;
let secrets: TempDir;
let home: TempDir;
beforeAll(async () => {
  secrets = makeTempDir("secrets");
  chmodSync(secrets.path, 0o700);
  writeFileSync(join(secrets.path, "db-password"), `${SECRET}\n`, { mode: 0o600 });
  site = await Site.start({ hosts: names("h", 3), workers: 1, workerArgs: ["--secrets-dir", secrets.path] });
});
afterAll(async () => {
  await site.stop();
  secrets.remove();
});
beforeEach(() => {
  home = makeTempDir("on-the-host-home");
  return () => home.remove();
});

const job = (fields: object) => ({
  name: "on the host",
  slots: [{ jobs: [{ name: "j", hosts: "h1", ...fields }] }],
});

async function only(fields: object): Promise<Extract<RunEvent, { type: "task.ended" }>> {
  const { events, stderr } = await site.run(job(fields));
  const ended = events.find((event) => event.type === "task.ended");
  if (ended?.type !== "task.ended") throw new Error(`no task ended: ${stderr}`);
  return ended;
}

describe("a secret", () => {
  it("reaches the command, and neither the journal, the events, the log nor the screen", async () => {
    const command = 'echo "it is $PASSWORD"; [ "$PASSWORD" = hunter2-and-more ] && echo right >&2';
    const flow = job({ command, secretEnv: { PASSWORD: "db-password" } });
    const { code, stdout, stderr } = await site.submit(flow, ["--output", "ndjson"], { home: home.path });
    expect(code, stdout).toBe(0);
    expect(stdout).toContain("it is [secret db-password]");
    expect(stdout).toContain("right");
    const runs = join(home.path, "state", "roadrunner", "runs");
    const journal = readdirSync(runs).map((name) => readFileSync(join(runs, name), "utf8"));
    const seen = [stdout, stderr, ...journal, ...site.workers.map((worker) => worker.output())].join("\n");
    // The command itself names the value: take that out before looking.
    expect(seen.replaceAll("= hunter2-and-more ]", "")).not.toContain(SECRET);
  });

  it("that the worker does not keep is the submission's fault, named", async () => {
    const submit = site.startSubmit(job({ command: "true", secretEnv: { A: "nowhere" } }));
    expect((await within("rr-submit to end", submit.exited)).code).toBe(1);
    expect(submit.output()).toMatch(/refused: .*secret .*nowhere/);
  });
});

describe("a script", () => {
  it("is sent with the task, run by its own interpreter, and removed", async () => {
    mkdirSync(join(home.path, "steps"));
    writeFileSync(
      join(home.path, "steps", "count.sh"),
      '#!/bin/bash\necho "${BASH_VERSION:+bash} $RR_HOST"\nexit 4\n',
    );
    const file = join(home.path, "flow.json");
    writeFileSync(file, JSON.stringify(job({ script: "steps/count.sh", okCodes: [4] })));
    const args = [file, "--servers", site.gearmand.server, "--output", "ndjson"];
    const { code, stdout, stderr } = await runSubmit(args, { home: home.path });
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain("bash h1\\n");
  });
});

describe("what a command does", () => {
  it("in a folder that is not there is refused, and nothing began", async () => {
    expect(await only({ command: "true", cwd: "/no/such/folder" })).toMatchObject({
      outcome: "refused",
      reason: expect.stringContaining("/no/such/folder") as string,
    });
  });

  it("over its time is killed, with all that it started", async () => {
    expect(await only({ command: "sleep 300 & sleep 300", timeout: "1s" })).toMatchObject({
      outcome: "timedOut",
      reason: expect.stringContaining("1") as string,
    });
    expect(site.sshd.running().filter(({ commandLine }) => commandLine.startsWith("sleep 300"))).toEqual([]);
  });

  it("ended by a signal is told by its name", async () => {
    expect(await only({ command: "kill -s SEGV $$" })).toMatchObject({
      outcome: "failed",
      signal: "SIGSEGV",
    });
  });

  it("with much output is kept by its first and last part, bytes counted", async () => {
    const ended = await only({
      command: "echo begin; head -c 5000000 /dev/zero | tr '\\0' x; echo; echo end",
    });
    expect(ended).toMatchObject({
      outcome: "ok",
      stdout: expect.stringMatching(/^begin\nx+\nend\n$/) as string,
    });
    expect((ended.stdout?.length ?? 0) + (ended.omittedBytes?.stdout ?? 0)).toBe(5_000_000 + 11);
  });

  it("with binary output keeps its bytes", async () => {
    const ended = await only({ command: "printf '\\377\\376\\0'" });
    expect(ended.encoding).toEqual({ stdout: "base64" });
    expect(Buffer.from(ended.stdout ?? "", "base64")).toEqual(Buffer.from([0xff, 0xfe, 0]));
  });

  it("reads nothing, leaves a daemon behind, closes its streams: each ends", async () => {
    expect(await only({ command: "cat; echo read" })).toMatchObject({ outcome: "ok", stdout: "read\n" });
    expect(await only({ command: "exec >&- 2>&-; sleep 0.2; exit 6" })).toMatchObject({ exitCode: 6 });
    const daemon = await only({ command: "setsid sleep 60 & echo left $!" });
    expect(daemon).toMatchObject({ outcome: "ok", stdout: expect.stringMatching(/^left \d+\n$/) as string });
    expect(daemon.durationMs).toBeLessThan(30_000);
    process.kill(Number(daemon.stdout?.split(" ")[1]), "SIGKILL");
  });

  it("gets env, cwd and the RR_ variables", async () => {
    const value = "a'b\"c $HOME `id` \\ ü\n!";
    const ended = await only({
      command: 'printf "%s|%s|%s" "$V" "$PWD" "$RR_JOB/$RR_HOST/$RR_ATTEMPT"',
      env: { V: value },
      cwd: "/tmp",
    });
    expect(ended.stdout).toBe(`${value}|/tmp|j/h1/1`);
  });
});

describe("become", () => {
  it("runs as another user through sudo, and leaves the record with that user", async () => {
    const ended = await only({ command: "id -un; echo $RR_HOST", become: "nobody" });
    expect(ended).toMatchObject({ outcome: "ok", stdout: "nobody\nh1\n" });
  });

  it("is unreachable where sudo refuses, by sudo's own word", async () => {
    expect(await only({ command: "true", become: "no-such-user" })).toMatchObject({
      outcome: "unreachable",
      reason: expect.stringContaining("sudo") as string,
      noRetry: true,
    });
  });
});

it("an outcome for each of the hosts", async () => {
  const { events } = await site.run({
    name: "all",
    slots: [{ jobs: [{ hosts: "h[1-3]", command: "true" }] }],
  });
  expect(outcomes(events).size).toBe(3);
});
