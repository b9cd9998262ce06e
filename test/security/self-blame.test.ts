import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, Site } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { Attacker, type Answer } from "./attacker.ts";

failOnLeftovers();

let temp: TempDir;
let site: Site;
let attacker: Attacker;

beforeAll(async () => {
  temp = makeTempDir("secrets");
  writeFileSync(join(temp.path, "token"), "s3cret", { mode: 0o600 });
  writeFileSync(join(temp.path, "open"), "s3cret", { mode: 0o644 });
  mkdirSync(join(temp.path, "folder"));
  site = await Site.start({
    hosts: names("h", 8),
    workers: 1,
    workerArgs: ["--secrets-dir", temp.path, "--id", "w1"],
  });
  attacker = await Attacker.connect(site.gearmand);
});
afterAll(async () => {
  await attacker.close();
  await site.stop();
  temp.remove();
});

const task = {
  run: "20260101-000000-abcdefgh",
  slot: 1,
  job: "j",
  attempt: 1,
  client: "c",
  submission: "abcdefgh",
};

/** Eight tasks that cannot be done, each on another host. */
async function send(workload: object): Promise<Answer[]> {
  const sent = names("h", 8).map((host) =>
    attacker.submit("rr-run", JSON.stringify({ host, command: "true", ...workload })),
  );
  return Promise.all(sent);
}

describe("one who sends tasks that cannot be done", () => {
  it.each<[string, object, string]>([
    ["a misspelt secret", { secretEnv: { T: "tokken" } }, "submission"],
    ["a secret that no name can be", { secretEnv: { T: ".." } }, "submission"],
    ["a secret that others may read", { secretEnv: { T: "open" } }, "worker"],
    ["a folder for a secret", { secretEnv: { T: "folder" } }, "worker"],
    ["a cwd that is not there", { cwd: "/nowhere" }, "host"],
    ["a cwd that cannot be", { cwd: "nowhere" }, "submission"],
    ["a shell that is not there", { shell: "/bin/nowhere" }, "host"],
    ["a user that is not there", { become: "nowhere" }, "host"],
    ["no time to connect", { connectTimeoutMs: 1, address: "nowhere.invalid" }, "host|worker"],
    ["an address that is none", { address: "fe80::1" }, "host"],
    ["a variable of the shell's own", { env: { UID: "0" } }, "submission"],
    ["a lost task that leaves no record", { task: { ...task, order: "withdraw", again: {} } }, "worker"],
    ["a kill of what leaves no record", { task: { ...task, order: "kill", again: {} } }, "worker"],
    ["no task at all", { commnd: "true" }, "submission"],
  ])("names %s: the worker goes on for everybody else", async (_, workload, blame) => {
    const answers = await send(workload);
    for (const answer of answers) {
      expect(answer["outcome"]).not.toBe("ok");
      expect(answer["blame"]).toMatch(new RegExp(`^(${blame})$`));
    }
    const status = await attacker.submit(`rr-control.${await site.workerId("w1")}`, '{"type":"status"}');
    expect(status).toMatchObject({ state: "running" });
    expect(site.workers[0]?.output()).not.toContain("stops grabbing");
  });

  it("a sound task of somebody else is done at once", async () => {
    const sound = JSON.stringify({ host: "h1", command: "echo ${#T}", secretEnv: { T: "token" } });
    expect(await attacker.submit("rr-run", sound)).toMatchObject({ outcome: "ok", stdout: "6\n" });
  });
});
