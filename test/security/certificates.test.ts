import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OperatorKey } from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  certificateFor,
  certified,
  keyOfKind,
  keyText,
  securityKey,
  strings,
  type WantedCertificate,
} from "../../packages/core/test/signing/certificates.ts";
import { startAgent } from "../../packages/engine/test/keys/scripted-agent.ts";
import { bareEnv, startChild } from "../support/child-program.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { findProgram } from "../support/programs.ts";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { refused, type Answer } from "./attacker.ts";
import { makeKeys, type Keys } from "./keys.ts";
import { keyOfFile, signTask } from "./sign-as.ts";
import { flow } from "./signed-site.ts";
import { attacker, useAttacker } from "./use-attacker.ts";

failOnLeftovers();

/** One worker that takes what users sign whom an authority certifies, and what a security key signs. */
let keys: Keys;
let site: Site;
let caFile: string;
let ca: OperatorKey;
let alice: string;
const touched = securityKey("sk ed25519");
const untouched = securityKey("sk ecdsa", { flags: 0 });
const mallory = keyOfKind("ed25519");
const otherCa = keyOfKind("ed25519");

beforeAll(async () => {
  keys = makeKeys();
  alice = keys.make("alice");
  caFile = keys.make("ca");
  ca = keyOfFile(caFile);
  const at = (name: string, text: string) => {
    writeFileSync(join(keys.path, name), text, { mode: 0o600 });
    return join(keys.path, name);
  };
  const rules = [{ principals: "alice@ops,bob@ops,carol", hosts: "h[1-3]", users: "*" }];
  site = await Site.start({
    hosts: names("h", 3),
    workers: 1,
    workerArgs: [
      "--allowed-signers",
      at(
        "allowed_signers",
        [
          `*@ops cert-authority,namespaces="roadrunner" ${keyText(ca.publicBlob)}`,
          `carol ${keyText(touched.publicBlob)}`,
          `dave ${keyText(untouched.publicBlob)}`,
          `plain ${keyText(otherCa.publicBlob)}`,
          "",
        ].join("\n"),
      ),
      ...["--revoked-signers", revokedSerial(666)],
      ...["--policy", at("policy.json", JSON.stringify({ rules })), "--id", "w1"],
      ...["--audit-log", join(keys.path, "audit.log")],
    ],
  });
});
afterAll(async () => {
  await site.stop();
  keys.remove();
});
useAttacker(() => site.gearmand);

/** A key revocation list of that certificate of the authority. */
function revokedSerial(serial: number): string {
  const [path, spec] = [join(keys.path, "revoked"), join(keys.path, "spec")];
  writeFileSync(spec, `serial: ${serial}\n`);
  execFileSync("ssh-keygen", ["-q", "-k", "-f", path, "-s", `${caFile}.pub`, spec]);
  return path;
}

/** What an authority does for a user. */
function certify(name: string, ...args: readonly string[]): string {
  execFileSync("ssh-keygen", [
    "-q",
    "-s",
    caFile,
    "-I",
    "alice's laptop",
    ...args,
    join(keys.path, `${name}.pub`),
  ]);
  return join(keys.path, `${name}-cert.pub`);
}

const audited = () =>
  readFileSync(join(keys.path, "audit.log"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("a run signed with a certificate", () => {
  it("runs, by the key beside it, and the audit log tells whose it is", async () => {
    const path = certify("alice", "-n", "root,alice@ops", "-z", "42", "-V", "-5m:+1h");
    const { code, events, stderr } = await site.run(flow("certified"), ["--sign-key", path]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(site.lines("certified").sort()).toEqual(["h1", "h2", "h3"]);
    const run = events.find((event) => event.type === "run.started")?.run;
    expect(audited().find((line) => line["run"] === run)).toMatchObject({
      principal: "alice@ops",
      key: expect.stringMatching(/^SHA256:/) as string,
      certificate: {
        id: "alice's laptop",
        serial: "42",
        authority: execFileSync("ssh-keygen", ["-l", "-f", caFile], { encoding: "utf8" }).split(" ")[1],
      },
    });
  });

  it("runs by a certificate that ssh-add gave to the agent with its key", async () => {
    const path = certify("alice", "-n", "alice@ops");
    const env = { SSH_AUTH_SOCK: join(keys.path, "agent") };
    const agent = startChild(findProgram("ssh-agent"), ["-D", "-a", env.SSH_AUTH_SOCK]);
    await until("the agent's socket", () => statSync(env.SSH_AUTH_SOCK, { throwIfNoEntry: false }));
    const added = startChild(findProgram("ssh-add"), ["-q", alice], { env: { ...bareEnv, ...env } });
    expect((await added.exited).code).toBe(0);
    const elsewhere = join(keys.path, "elsewhere-cert.pub");
    writeFileSync(elsewhere, readFileSync(path));
    const run = await site.submit(flow("agent"), ["--sign-key", elsewhere], { env });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    await agent.stop();
  });

  it("is told apart by what its operator says, and refused by the policy with the certificate's name", async () => {
    const path = certify("alice", "-n", "alice@ops,eve@ops", "-z", "43");
    const { code, events } = await site.run(flow("policy"), ["--sign-key", path, "--sign-as", "eve@ops"]);
    expect(code).toBe(1);
    expect(events.find((event) => event.type === "task.ended")).toEqual(
      refused(
        /no rule of the policy is for eve@ops \(certificate "alice's laptop" \(serial 43, authority SHA256:[^)]+\)\)/,
      ),
    );
  });
});

describe("a run signed with a security key", () => {
  it("takes one touch for all of its hosts", async () => {
    const agent = await startAgent(join(keys.path, "touched"), [touched]);
    const path = join(keys.path, "touched.pub");
    writeFileSync(path, keyText(touched.publicBlob));
    const env = { SSH_AUTH_SOCK: agent.socket };
    const run = await site.submit(flow("touched"), ["--sign-key", path], { env });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(site.lines("touched").sort()).toEqual(["h1", "h2", "h3"]);
    expect(agent.signed()).toBe(1);
    await agent.stop();
  });
});

describe("one whom the authority did not certify for this", () => {
  let count = 0;
  /** What the worker answers to a task that he signs as he likes. */
  async function tried(by: OperatorKey, principal?: string): Promise<{ trace: string; answer: Answer }> {
    count += 1;
    const trace = `tried-${count}`;
    const task = {
      run: "20261124-091612-abcdefgh",
      slot: 1,
      job: trace,
      attempt: 1,
      client: "c-1",
      submission: "x",
    };
    const command = `${ownFolder}; echo in >> $d/${trace}`;
    const workload = { v: 1 as const, host: "h1", command, delivery: "once" as const, task };
    const signed = await signTask(by, workload, undefined, principal);
    return { trace, answer: await attacker.submit("rr-run", signed.text, signed.unique) };
  }

  const good: WantedCertificate = { principals: ["bob@ops"], keyId: "bob's", serial: 5n };
  const hour = 3600n;
  const now = BigInt(Math.floor(Date.now() / 1000));
  const bob = (wanted: WantedCertificate = {}) => certified(mallory, ca, { ...good, ...wanted });

  it("is who he could be: with a good certificate it runs", async () => {
    const { trace, answer } = await tried(await bob());
    expect(answer).toMatchObject({ outcome: "ok" });
    expect(site.lines(trace)).toEqual(["in"]);
  });

  const named = String.raw`certificate "bob's" \(serial 5, authority SHA256:[^)]+\) for the key SHA256:\S+`;
  it.each<[string, () => OperatorKey | Promise<OperatorKey>, string, string?]>([
    [
      "another authority",
      () => certified(mallory, keyOfKind("rsa"), good),
      `${named} is of an authority that is not among`,
    ],
    [
      "an authority of plain lines",
      () => certified(mallory, otherCa, good),
      `${named} is of an authority that is no cert-authority`,
    ],
    [
      "principals of others",
      () => bob({ principals: ["bob"] }),
      `${named} names no principal that line 1 lets in`,
    ],
    [
      "a name that is not in it",
      () => bob(),
      `${named} does not name "alice@ops" among its principals`,
      "alice@ops",
    ],
    [
      "a name that the line lacks",
      () => bob({ principals: ["root"] }),
      `${named} may not sign as "root"`,
      "root",
    ],
    ["no principals", () => bob({ principals: [] }), `${named} names no principals`],
    ["a time that is over", () => bob({ before: now - hour }), `${named} expired at `],
    ["a time to come", () => bob({ after: now + hour }), `${named} is not valid before `],
    ["a host's certificate", () => bob({ isFor: 2 }), `${named} is a host's, and signs for no user`],
    [
      "neither user nor host",
      () => bob({ isFor: 3 }),
      `has a certificate that is neither a user's nor a host's`,
    ],
    [
      "force-command",
      () => bob({ critical: { "force-command": "id" } }),
      `${named} has the critical option "force-command", which is for`,
    ],
    [
      "source-address",
      () => bob({ critical: { "source-address": "::/0" } }),
      `${named} has the critical option "source-address"`,
    ],
    [
      "an unknown critical option",
      () => bob({ critical: { "x@y": "" } }),
      `${named} has the critical option "x@y", which is not known`,
    ],
    [
      "verify-required without a security key",
      () => bob({ critical: { "verify-required": "" } }),
      `${named} is on no security key`,
    ],
    [
      "a certificate that signs it",
      () => bob({ authorityBlob: strings("ssh-ed25519-cert-v01@openssh.com") }),
      `is signed by a certificate; an authority is a key`,
    ],
    [
      "a forged authority",
      () => certified(mallory, { ...mallory, publicBlob: ca.publicBlob }, good),
      `${named} was altered since its authority signed it: have it made anew`,
    ],
    [
      "the authority's own key",
      () => ca,
      `the key SHA256:\\S+ is an authority among the allowed signers \\(line 1\\), and signs nothing but`,
    ],
    [
      "a security key that nobody touched",
      () => untouched,
      `the key SHA256:\\S+ signed without a touch of its security key`,
    ],
  ])("%s: refused, by name", async (_, by, why, principal) => {
    const { trace, answer } = await tried(await by(), principal);
    expect(answer).toEqual(refused(new RegExp(why)));
    expect(site.lines(trace)).toEqual([]);
  });

  it("an authority that signs with SHA-1 is refused by name", async () => {
    const rsa = keyOfKind("rsa");
    const sha1 = {
      ...rsa,
      sign: async () => ({ ok: true, value: strings("ssh-rsa", "x".repeat(256)) }) as const,
    };
    const by = {
      ...mallory,
      publicBlob: await certificateFor(mallory, sha1, { ...good, authorityBlob: ca.publicBlob }),
    };
    expect((await tried(by)).answer).toEqual(refused(/ was made with ssh-rsa, whose SHA-1 proves nothing/));
  });

  it("alters a good certificate: refused wherever it is", async () => {
    const certificate = await bob();
    for (const [from, to] of [
      ["bob@ops", "eve@ops"],
      ["bob's", "eve's"],
    ] as const) {
      const at = certificate.publicBlob.indexOf(from);
      const publicBlob = Buffer.from(certificate.publicBlob);
      publicBlob.write(to, at);
      expect((await tried({ ...certificate, publicBlob })).answer).toEqual(
        refused(/was altered since its authority signed it/),
      );
    }
  });

  it("signs with a key that the certificate is not for: refused", async () => {
    const { publicBlob } = await bob();
    expect((await tried({ ...keyOfKind("ed25519"), publicBlob })).answer).toEqual(
      refused(/run certificate was not made by the key that it names/),
    );
  });

  it("is refused with a revoked serial, and from the moment that the list has his key", async () => {
    const revoked = await bob({ serial: 666n });
    expect((await tried(revoked)).answer).toEqual(
      refused(/ \(serial 666, authority SHA256:[^)]+\) for the key \S+ is revoked$/),
    );
    expect((await tried(await bob())).answer).toMatchObject({ outcome: "ok" });
    const path = join(keys.path, "revoked");
    writeFileSync(path, `${keyText(mallory.publicBlob)}\n`);
    expect((await tried(await bob())).answer).toEqual(refused(/ is revoked, by its key$/));
    writeFileSync(path, `${keyText(ca.publicBlob)}\n`);
    expect((await tried(await bob())).answer).toEqual(refused(/ is of an authority that is revoked$/));
    revokedSerial(666);
  });

  it("is refused from the moment that his authority's line is gone", async () => {
    const path = join(keys.path, "allowed_signers");
    const kept = readFileSync(path, "utf8");
    writeFileSync(path, kept.replace("*@ops", "!bob@ops,*@ops"));
    expect((await tried(await bob())).answer).toEqual(
      refused(/names no principal that line 1 lets in \("bob@ops"\)/),
    );
    writeFileSync(path, kept.split("\n").slice(1).join("\n"));
    expect((await tried(await bob())).answer).toEqual(
      refused(/is of an authority that is not among the allowed/),
    );
    writeFileSync(path, kept);
    expect((await tried(await bob())).answer).toMatchObject({ outcome: "ok" });
  });
});
