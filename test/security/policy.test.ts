import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names, Site } from "../support/site.ts";
import { startSshd, type Sshd } from "../support/sshd.ts";
import { refused } from "./attacker.ts";
import { makeKeys, type Keys } from "./keys.ts";
import { flow } from "./signed-site.ts";

failOnLeftovers();

/** Alice may go to h1 as root, and may have one secret; another sshd listens behind h1's address. */
let keys: Keys;
let site: Site;
let other: Sshd;
let alice: string;

beforeAll(async () => {
  keys = makeKeys();
  alice = keys.make("alice");
  const at = (name: string, text: string) => {
    writeFileSync(join(keys.path, name), text, { mode: 0o600 });
    return join(keys.path, name);
  };
  at("hers", "for-alice");
  at("other", "for-others");
  const rules = [{ principals: "alice", hosts: "h1", users: ["root"], secrets: ["hers"] }];
  other = await startSshd({ hosts: ["h1"] });
  site = await Site.start({
    hosts: names("h", 2),
    workers: 1,
    workerArgs: [
      ...["--allowed-signers", keys.allow("allowed_signers", "alice"), "--secrets-dir", keys.path],
      ...["--policy", at("policy.json", JSON.stringify({ rules })), "--id", "w1"],
      ...["--identity", other.clientKey, "--strict-host-key-checking", "no"],
    ],
  });
});
afterAll(async () => {
  await site.stop();
  await other.stop();
  keys.remove();
});

const run = (trace: string, more: object) =>
  site.run(flow(trace, { hosts: "h1", ...more }), ["--sign-key", alice]);
const ended = async (trace: string, more: object) =>
  (await run(trace, more)).events.find((event) => event.type === "task.ended");

describe("one who may go to some hosts only", () => {
  it("names another port of one of them, where another sshd listens: refused", async () => {
    expect(await ended("port", { hosts: `h1:${other.port}` })).toEqual(
      refused(new RegExp(`does not give alice port ${other.port} of h1`)),
    );
    expect(other.log()).not.toContain("Accepted");
  });

  it("may name the port that ssh_config gives", async () => {
    expect((await run("own-port", { hosts: `h1:${site.sshd.port}` })).code).toBe(0);
    expect(site.lines("own-port")).toEqual(["h1"]);
  });

  it("names a secret that is not for him: refused; his own he gets", async () => {
    const command = "echo ${#SECRET}";
    expect(await ended("secret", { command, secretEnv: { SECRET: "other" } })).toEqual(
      refused(/does not give alice the secret other on h1/),
    );
    const own = await run("secret", { command, secretEnv: { SECRET: "hers" } });
    expect(own.code).toBe(0);
    expect(own.events.find((event) => event.type === "task.ended")).toMatchObject({ stdout: "9\n" });
  });
});
