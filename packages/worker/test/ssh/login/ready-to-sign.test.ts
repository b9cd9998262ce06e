import { generateKeyPairSync } from "node:crypto";
import ssh2, { type ParsedKey } from "ssh2";
import { describe, expect, test } from "vitest";
import { readyToSign } from "../../../src/ssh/login/ready-to-sign.ts";

const DATA = Buffer.from("what a server gave to sign");

const KEYS: readonly { readonly type: string; readonly key: ParsedKey; readonly digests: string[] }[] = [
  ...[256, 384, 521].map((bits) => ({
    type: `ecdsa-sha2-nistp${bits}`,
    key: parse(generateKeyPairSync("ec", { namedCurve: `P-${bits}` }).privateKey, "sec1"),
    digests: [],
  })),
  {
    type: "ssh-rsa",
    key: parse(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey, "pkcs1"),
    digests: ["sha256", "sha512"],
  },
  { type: "ssh-ed25519", key: ed25519(), digests: [] },
];

function parse(key: ReturnType<typeof generateKeyPairSync>["privateKey"], type: "sec1" | "pkcs1"): ParsedKey {
  return parseKey(key.export({ type, format: "pem" }) as string);
}

/** One in 400 of those that ssh2 makes (1.17) it cannot read itself. */
function ed25519(): ParsedKey {
  for (;;) {
    const key = ssh2.utils.parseKey(ssh2.utils.generateKeyPairSync("ed25519").private);
    if (!(key instanceof Error)) return key;
  }
}

function parseKey(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

describe.each(KEYS)("a key of type $type", ({ type, key, digests }) => {
  test.each([undefined, ...digests])("signs as ssh2's own does, digest %s", (digest) => {
    const ready = readyToSign(key);
    expect(ready.type).toBe(type);
    // Both: theirs takes ours, and ours is the same key.
    expect(key.verify(DATA, ready.sign(DATA, digest), digest)).toBe(true);
    expect(ready.verify(DATA, key.sign(DATA, digest), digest)).toBe(true);
    expect(key.verify(Buffer.from("something else"), ready.sign(DATA, digest), digest)).toBe(false);
  });

  test("is still a key to ssh2", () => {
    const ready = readyToSign(key);
    expect(ssh2.utils.parseKey(ready as unknown as string)).toBe(ready);
    expect(ready.isPrivateKey()).toBe(true);
  });
});

test("what cannot be signed is an error for an answer, as ssh2 expects it", () => {
  const key = parse(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey, "pkcs1");
  expect(readyToSign(key).sign(DATA, "no such digest")).toBeInstanceOf(Error);
});

test("a public key stays what it is", () => {
  const key = parseKey(ssh2.utils.generateKeyPairSync("ed25519").public);
  expect(readyToSign(key)).toBe(key);
});
