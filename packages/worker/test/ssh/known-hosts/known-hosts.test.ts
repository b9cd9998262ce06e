import { fingerprintOf } from "@roadrunner/core/signing";
import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  judgeHostKey,
  keyTypeOf,
  KnownHosts,
  knownHostsLine,
} from "../../../src/ssh/known-hosts/known-hosts.ts";
import { knownName } from "../../../src/ssh/config/settings-for.ts";

/** A key blob of a type, told apart by its number. */
function blob(number: number, type = "ssh-ed25519"): Buffer {
  const name = Buffer.from(type);
  return Buffer.concat([Buffer.from([0, 0, 0, name.length]), name, Buffer.from([0, 0, 0, 1, number])]);
}

function line(names: string, number: number, type = "ssh-ed25519"): string {
  return `${names} ${type} ${blob(number, type).toString("base64")}\n`;
}

test("names", () => {
  expect([knownName("Db1", 22), knownName("Db1", 2222), knownName("::1", 22)]).toEqual([
    "db1",
    "[db1]:2222",
    "::1",
  ]);
});

test("places are kept, whatever stands between", () => {
  const known = new KnownHosts("f", `# comment\n\n${line("a,b", 1)}nonsense\n@revoked ${line("a", 2)}`);
  expect(known.keysFor("a").map((key) => [key.line, key.marker])).toEqual([
    [3, "none"],
    [5, "revoked"],
  ]);
  expect(known.keysFor("b").map((key) => key.line)).toEqual([3]);
  expect(known.keysFor("c")).toEqual([]);
});

test("lines that are appended are found, with their numbers", () => {
  const known = new KnownHosts("f", line("a", 1));
  expect(known.keysFor("b")).toEqual([]);
  known.add(line("b", 2));
  known.add(`${line("c", 3)}${line("b", 4)}`);
  expect(known.keysFor("b").map((key) => key.line)).toEqual([2, 4]);
  const unended = new KnownHosts("f", line("a", 1).trimEnd());
  unended.add(`\n${line("b", 2)}`);
  expect(unended.keysFor("b").map((key) => key.line)).toEqual([2]);
});

test("what accept-new writes is what is read", () => {
  fc.assert(
    fc.property(fc.domain(), fc.integer({ min: 1, max: 65_535 }), fc.boolean(), (host, port, hashed) => {
      const name = knownName(host, port);
      const salt = hashed ? randomBytes(20) : undefined;
      const known = new KnownHosts("f", knownHostsLine(name, blob(1), salt));
      expect(known.keysFor(name).map((key) => key.blob.equals(blob(1)))).toEqual([true]);
      expect(known.keysFor(`x${name}`)).toEqual([]);
    }),
  );
});

test("a hashed name is HMAC-SHA1 of it with the salt", () => {
  const salt = Buffer.alloc(20, 7);
  const digest = createHmac("sha1", salt).update("db1").digest("base64");
  expect(knownHostsLine("db1", blob(1), salt)).toBe(
    `|1|${salt.toString("base64")}|${digest} ssh-ed25519 ${blob(1).toString("base64")}\n`,
  );
});

test("patterns, in any case", () => {
  const known = new KnownHosts("f", `${line("*.Example,!bad.example", 1)}${line("10.0.?.*", 2)}`);
  expect(known.keysFor("a.example")).toHaveLength(1);
  expect(known.keysFor("bad.example")).toHaveLength(0);
  expect(known.keysFor("10.0.1.77")).toHaveLength(1);
});

test.each([
  ["known", 1, [1], []],
  ["known", 2, [1, 2], []],
  ["changed", 3, [1, 2], []],
  ["unknown", 1, [], []],
  ["known", 1, [], [1]],
  ["unknown", 1, [], [2]],
  ["changed", 1, [2], [1]],
] as const)("%s: shows %i, known %j, without the port %j", (kind, shown, own, bare) => {
  const keys = (numbers: readonly number[]) =>
    new KnownHosts("f", numbers.map((number) => line("h", number)).join("")).keysFor("h");
  expect(judgeHostKey(blob(shown), keys(own), keys(bare)).kind).toBe(kind);
});

test("revoked goes before all, an authority vouches for nothing", () => {
  const revoked = new KnownHosts("f", `${line("h", 1)}@revoked ${line("*", 1)}`).keysFor("h");
  expect(judgeHostKey(blob(1), revoked)).toMatchObject({ kind: "revoked", by: { line: 2 } });
  const authority = new KnownHosts("f", `@cert-authority ${line("*", 1)}`).keysFor("h");
  expect(judgeHostKey(blob(1), authority)).toMatchObject({ kind: "unknown", authorities: [{ line: 1 }] });
});

test("key types and fingerprints", () => {
  expect(keyTypeOf(blob(1, "ssh-rsa"))).toBe("ssh-rsa");
  expect(keyTypeOf(Buffer.alloc(2))).toBe("unknown");
  expect(fingerprintOf(blob(1))).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});
