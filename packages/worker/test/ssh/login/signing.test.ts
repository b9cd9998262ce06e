import { expect, test } from "vitest";
import { chooseSigning, shortRsaKey, signingAlgorithms } from "../../../src/ssh/login/signing.ts";

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A public key's blob; the modulus is no product of primes, which nobody asks. */
function rsa(bits: number): Buffer {
  const modulus = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  modulus[0] = 0xff >> ((8 - (bits % 8)) % 8);
  const signed = (modulus[0] ?? 0) < 0x80 ? modulus : Buffer.concat([Buffer.alloc(1), modulus]);
  return Buffer.concat([field(Buffer.from("ssh-rsa")), field(Buffer.from([1, 0, 1])), field(signed)]);
}
const ed25519 = Buffer.concat([field(Buffer.from("ssh-ed25519")), field(Buffer.alloc(32))]);

test.each([
  [1023, undefined, true],
  [1024, undefined, false],
  [1024, 512, false],
  [1023, 512, true],
  [2047, 2048, true],
  [2048, 2048, false],
  [3071, 3072, true],
  [4096, 3072, false],
])("an RSA key of %i bits where %s are required: too short is %s", (bits, required, isShort) => {
  expect(shortRsaKey(rsa(bits), required) !== undefined).toBe(isShort);
});

test("other keys have no size to look at, and a broken RSA key has none", () => {
  expect(shortRsaKey(ed25519, 16_384)).toBe(undefined);
  for (const end of [11, 13, 18, 20]) expect(shortRsaKey(rsa(2048).subarray(0, end))).toMatch(/of 0 bits/);
});

test("a key signs by what PubkeyAcceptedAlgorithms leaves of its ways, in that order", () => {
  const ways = (blob: Buffer, userKey?: string[]) =>
    signingAlgorithms(blob, userKey === undefined ? {} : { userKey });
  expect(ways(rsa(2048))).toEqual({ ok: true, value: ["rsa-sha2-512", "rsa-sha2-256"] });
  expect(ways(rsa(2048), ["ssh-ed25519", "ssh-rsa", "rsa-sha2-256"])).toEqual({
    ok: true,
    value: ["ssh-rsa", "rsa-sha2-256"],
  });
  expect(ways(ed25519)).toEqual({ ok: true, value: ["ssh-ed25519"] });
  expect(ways(ed25519, ["rsa-sha2-512"])).toMatchObject({
    ok: false,
    error: "PubkeyAcceptedAlgorithms leaves no way to sign with a key of type ssh-ed25519",
  });
});

test("of an RSA key's ways the first that the server takes; never another one", () => {
  const sha2 = ["rsa-sha2-512", "rsa-sha2-256"];
  expect(chooseSigning(sha2, undefined)).toBe("rsa-sha2-512");
  expect(chooseSigning(sha2, ["ssh-rsa", "rsa-sha2-256"])).toBe("rsa-sha2-256");
  expect(chooseSigning(sha2, ["ssh-rsa"])).toBe(undefined);
  expect(chooseSigning(["ssh-rsa"], ["ssh-rsa"])).toBe("ssh-rsa");
  expect(chooseSigning(["ssh-ed25519"], ["rsa-sha2-512"])).toBe("ssh-ed25519");
});
