import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { parseIdentities } from "../../src/ssh/login/agent-answer.ts";
import { connectProblem, lookupProblem } from "../../src/ssh/wire/dial-problem.ts";
import { Gate } from "../../src/ssh/login/gate.ts";
import { beforeGreeting, protocolProblem } from "../../src/ssh/wire/handshake-problem.ts";
import { hostKeyAlgorithms, offerOf } from "../../src/ssh/known-hosts/host-key-algorithms.ts";
import { PasswordGuard } from "../../src/ssh/login/password-guard.ts";
import { seconds } from "../../src/transport/problem.ts";

describe("whose fault a failed connection is", () => {
  test.each([
    ["ECONNREFUSED", "refused", "host"],
    ["EHOSTUNREACH", "route", "host"],
    ["ENETUNREACH", "route", "worker"],
    ["ETIMEDOUT", "timeout", "host"],
    ["ECONNRESET", "protocol", "host"],
    ["EMFILE", "local", "worker"],
    ["EADDRNOTAVAIL", "local", "worker"],
    ["EINVAL", "name", "host", true],
    ["EACCES", "local", "worker"],
  ])("%s: %s, %s", (code, reason, blame, noRetry = false) => {
    const error = Object.assign(new Error(`connect ${code}`), { code });
    expect(connectProblem("10.0.0.5", 22, error)).toMatchObject({ reason, blame, noRetry });
  });

  test.each([
    ["ENOTFOUND", false, "name", "host", true],
    ["ENODATA", false, "name", "host", true],
    ["EAI_AGAIN", false, "local", "worker", false],
    ["EAI_AGAIN", true, "name", "host", false],
    ["EAI_FAIL", false, "local", "worker", false],
  ])("lookup %s, others are answered: %s; %s, %s", (code, others, reason, blame, noRetry) => {
    expect(lookupProblem("db1", Object.assign(new Error("x"), { code }), others)).toMatchObject({
      reason,
      blame,
      noRetry,
    });
  });
});

test.each([
  ["", "turnedAway"],
  ["Exceeded MaxStartups\r\n", "turnedAway"],
  ["Not allowed at this time\r\n", "turnedAway"],
  ["220 mail.example ESMTP\r\n", "failed"],
  ["\u0000\u0001", "failed"],
])("closed after saying %j: %s", (heard, kind) => {
  expect(beforeGreeting("db1", "closed", heard)).toMatchObject({ kind, problem: { reason: "protocol" } });
});

test("no algorithm in common ends alike next time, other failures may not", () => {
  const none = new Error("Handshake failed: no matching host key format");
  expect(protocolProblem("db1", "greeting", none).noRetry).toBe(true);
  expect(protocolProblem("db1", "key exchange", new Error("Bad packet length")).noRetry).toBe(false);
});

test("known types of host keys are asked for first", () => {
  expect(hostKeyAlgorithms(["ssh-rsa"]).slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
  expect(hostKeyAlgorithms([])[0]).toBe("ssh-ed25519");
  expect(new Set(hostKeyAlgorithms(["ecdsa-sha2-nistp384"]))).toEqual(new Set(hostKeyAlgorithms([])));
});

test("SHA-1's host keys are asked for only where the operator has them", () => {
  const { DEFAULT_SERVER_HOST_KEY } = createRequire(import.meta.url)("ssh2/lib/protocol/constants.js") as {
    DEFAULT_SERVER_HOST_KEY: readonly string[];
  };
  expect(hostKeyAlgorithms([])).toEqual(DEFAULT_SERVER_HOST_KEY.filter((one) => one !== "ssh-rsa"));
  expect(offerOf([])).toEqual({ serverHostKey: hostKeyAlgorithms([]) });
  const hostKey = ["rsa-sha2-512", "ssh-rsa", "ssh-ed25519"] as const;
  expect(hostKeyAlgorithms(["ssh-ed25519"], { hostKey })).toEqual(["ssh-ed25519", "rsa-sha2-512", "ssh-rsa"]);
  expect(hostKeyAlgorithms(["ssh-ed25519"], { hostKey, hostKeyOrderIsWritten: true })).toEqual(hostKey);
  expect(offerOf([], { cipher: ["aes256-ctr"], hostKey })).toEqual({
    serverHostKey: hostKey,
    cipher: ["aes256-ctr"],
  });
});

test("five hosts in a row that refuse the password hold it back for a minute", () => {
  const guard = new PasswordGuard();
  for (const host of ["a", "b", "c", "d"]) guard.refused(host, 0);
  guard.refused("d", 0);
  expect(guard.mayUse(0)).toBe(true);
  guard.accepted();
  for (const host of ["a", "b", "c", "d"]) guard.refused(host, 0);
  expect(guard.mayUse(0)).toBe(true);
  guard.refused("e", 1000);
  expect([guard.mayUse(1000), guard.mayUse(60_999), guard.mayUse(61_000)]).toEqual([false, false, true]);
});

test("a gate lets so many in, the others in order, and after an exception too", async () => {
  const gate = new Gate(2);
  const log: string[] = [];
  let inside = 0;
  let most = 0;
  const work = (name: string) =>
    gate.run(async () => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(5);
      inside -= 1;
      log.push(name);
      if (name === "b") throw new Error("b");
    });
  const done = await Promise.allSettled(["a", "b", "c", "d", "e"].map(work));
  expect(done.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
    "fulfilled",
  ]);
  expect(log).toEqual(["a", "b", "c", "d", "e"]);
  expect(most).toBe(2);
});

test("an agent's answer, cut anywhere", () => {
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  };
  const body = Buffer.concat([
    Buffer.from([12, 0, 0, 0, 2]),
    text("blob one"),
    text("first"),
    text("blob two"),
    text(""),
  ]);
  const message = Buffer.concat([Buffer.from([0, 0, 0, body.length]), body]);
  for (let length = 0; length < message.length; length += 1)
    expect(parseIdentities(message.subarray(0, length))).toEqual({ kind: "partial" });
  expect(parseIdentities(message)).toEqual({
    kind: "keys",
    keys: [
      { blob: Buffer.from("blob one"), comment: "first" },
      { blob: Buffer.from("blob two"), comment: "" },
    ],
  });
  expect(parseIdentities(Buffer.from([0, 0, 0, 1, 5]))).toEqual({ kind: "refused" });
  expect(parseIdentities(Buffer.from([0, 0, 0, 5, 12, 0, 0, 0, 9]))).toEqual({ kind: "refused" });
});

test("times for people", () => {
  expect([seconds(15_000), seconds(499), seconds(1549)]).toEqual(["15 s", "0.5 s", "1.5 s"]);
});
