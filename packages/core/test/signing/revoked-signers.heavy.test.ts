import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  parseRevokedSigners,
  readSignature,
  revokedFault,
  signSsh,
  type OperatorKey,
} from "@roadrunner/core/signing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certified, keyOfKind, keyText } from "./certificates.ts";
import { makeFolder } from "./keys.ts";

/** What is revoked by the files that ssh-keygen takes and makes: by it and by us. */

const folder = makeFolder();
afterAll(() => folder.remove());

const key = keyOfKind("ed25519");
const other = keyOfKind("ecdsa 256");
const ca = keyOfKind("ed25519");
const otherCa = keyOfKind("ecdsa 384");

/** Named for the failure that tells of it; each as a signature and its line of allowed_signers. */
const signers: { name: string; armored: string; line: string }[] = [];
async function add(name: string, by: OperatorKey, line: string): Promise<void> {
  const armored = await signSsh(Buffer.alloc(0), "roadrunner", by);
  if (armored.ok) signers.push({ name, armored: armored.value, line: `alice ${line}\n` });
}
beforeAll(async () => {
  await add("key", key, keyText(key.publicBlob));
  await add("other key", other, keyText(other.publicBlob));
  for (const serial of [0n, 5n, 8n, 77n, 2n ** 64n - 1n])
    await add(
      `serial ${serial}`,
      await certified(key, ca, { serial, keyId: `id ${serial}` }),
      `cert-authority ${keyText(ca.publicBlob)}`,
    );
  await add(
    "serial 5 of the other",
    await certified(other, otherCa, { serial: 5n, keyId: "id 5" }),
    `cert-authority ${keyText(otherCa.publicBlob)}`,
  );
});

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
}

/** A KRL of these lines; of certificates of the first authority where that is asked for. */
function krl(spec: string, ofCa?: OperatorKey, more: readonly string[] = []): Buffer {
  const path = join(folder.path, "krl");
  const by = ofCa === undefined ? [] : ["-s", put("ca.pub", `${keyText(ofCa.publicBlob)}\n`)];
  execFileSync("ssh-keygen", ["-q", "-k", "-f", path, ...by, ...more, put("spec", spec)]);
  return readFileSync(path);
}

function weRevoke(file: Buffer, armored: string): boolean {
  const revoked = parseRevokedSigners(file);
  if (!revoked.ok) throw new Error(revoked.error.join("\n"));
  const by = readSignature(armored);
  if (!by.ok) throw new Error(by.error);
  return revokedFault(revoked.value, by.value) !== undefined;
}

function opensshRevokes(file: Buffer, armored: string, line: string): boolean {
  const args = ["-Y", "verify", "-f", put("signers", line), "-I", "alice", "-n", "roadrunner"];
  const files = ["-s", put("signature", armored), "-r", put("revoked", file)];
  return spawnSync("ssh-keygen", [...args, ...files], { input: "" }).status !== 0;
}

/** Those that we revoke; they must be those of ssh-keygen. */
function revokedBy(file: Buffer): string[] {
  const ours = signers.filter(({ armored }) => weRevoke(file, armored)).map(({ name }) => name);
  const theirs = signers
    .filter(({ armored, line }) => opensshRevokes(file, armored, line))
    .map(({ name }) => name);
  expect(ours).toEqual(theirs);
  return ours;
}

const bySerial = (...serials: (number | bigint)[]) => serials.map((serial) => `serial ${serial}`);
const ALL_OF_KEY = ["key", ...bySerial(0, 5, 8, 77, 2n ** 64n - 1n)];

describe("a key revocation list", () => {
  it.each([
    ["one serial", "serial: 5\n", ["serial 5"]],
    ["a range", "serial: 5-8\n", bySerial(5, 8)],
    [
      "many, as a bitmap",
      `${Array.from({ length: 60 }, (_, at) => `serial: ${1 + 4 * at}`).join("\n")}\n`,
      bySerial(5, 77),
    ],
    ["the greatest", `serial: ${2n ** 64n - 1n}\n`, bySerial(2n ** 64n - 1n)],
    ["a key id", "id: id 77\n", bySerial(77)],
    ["ids, and serials", "id: id 0\nid: none\nserial: 8-2000\n", bySerial(0, 8, 77)],
  ])("of the certificates of one authority: %s", (_, spec, revoked) => {
    expect(revokedBy(krl(spec, ca))).toEqual(revoked);
  });

  it("of keys, plain and by their digests", () => {
    for (const word of ["key", "sha1", "sha256"]) {
      expect(revokedBy(krl(`${word}: ${keyText(key.publicBlob)}\n`))).toEqual(ALL_OF_KEY);
      expect(revokedBy(krl(`${word}: ${keyText(otherCa.publicBlob)}\n`))).toEqual(["serial 5 of the other"]);
    }
  });

  it("of certificates of all authorities, with a comment and a version", () => {
    expect(revokedBy(krl("id: id 5\n", undefined, ["-s", "none", "-z", "7"]))).toEqual([
      "serial 5",
      "serial 5 of the other",
    ]);
  });

  it("of nothing revokes nothing", () => {
    expect(revokedBy(krl(""))).toEqual([]);
  });

  it("cut off at any length, or with what is not known, is refused", () => {
    const whole = krl("serial: 5-8\nserial: 1000\nid: id 77\n", ca);
    const accepted: number[] = [];
    for (let length = 8; length < whole.length; length += 1)
      if (parseRevokedSigners(whole.subarray(0, length)).ok) accepted.push(length);
    // Behind its head and before its first section, it is a list of nothing.
    expect(accepted).toEqual([44]);
    const unknown = Buffer.concat([whole, Buffer.from([200, 0, 0, 0, 0])]);
    expect(parseRevokedSigners(unknown)).toEqual({
      ok: false,
      error: ["it is a key revocation list, and has a section (200) that is not known here"],
    });
  });
});

describe("a list of keys", () => {
  it("revokes them, and what authorities among them certify", () => {
    expect(revokedBy(Buffer.from(`# gone\n\n${keyText(key.publicBlob)} a comment\n`))).toEqual(ALL_OF_KEY);
    expect(revokedBy(Buffer.from(`${keyText(otherCa.publicBlob)}\r\n`))).toEqual(["serial 5 of the other"]);
    expect(revokedBy(Buffer.from(""))).toEqual([]);
  });

  it("revokes the key of a certificate that stands there", async () => {
    const { publicBlob } = await certified(key, otherCa);
    expect(revokedBy(Buffer.from(`${keyText(publicBlob)}\n`))).toEqual(ALL_OF_KEY);
  });

  it.each([
    ["nonsense", /line 1: it is no public key as in NAME.pub/],
    ["\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5", /line 2: it has a key that is damaged/],
    ["SSHKRL", /line 1: it is no public key/],
    ["SSHKRL\n\0\0\0\0\u0002", /it is a key revocation list, and has format 2; 1 is known/],
  ])("%j is refused with its line", (text, why) => {
    expect(parseRevokedSigners(Buffer.from(text))).toEqual({
      ok: false,
      error: [expect.stringMatching(why) as string],
    });
  });
});
