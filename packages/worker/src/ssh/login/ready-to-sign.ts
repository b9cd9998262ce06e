import { createPrivateKey, sign } from "node:crypto";
import type { ParsedKey } from "ssh2";
import { digestOf } from "./signing.ts";

/** By key type; an RSA key's digest is agreed upon with the server. */
const DIGESTS: Readonly<Record<string, string>> = {
  "ecdsa-sha2-nistp256": "sha256",
  "ecdsa-sha2-nistp384": "sha384",
  "ecdsa-sha2-nistp521": "sha512",
  "ssh-rsa": "sha1",
  "ssh-dss": "sha1",
};

/**
 * The same key, its private half (if it has one) read by OpenSSL now and not for each signature as ssh2 does: that costs
 * ten times what an Ed25519 or ECDSA signature itself does (0.5 ms).
 */
export function readyToSign(key: ParsedKey): ParsedKey {
  if (!key.isPrivateKey()) return key;
  const privateKey = createPrivateKey(key.getPrivatePEM());
  const ready = Object.create(key) as ParsedKey;
  ready.sign = (data, digest) => {
    try {
      return sign(digest ?? DIGESTS[key.type], Buffer.from(data), privateKey);
    } catch (error) {
      // ssh2 takes an error for an answer, and goes on to the next key.
      return error as Buffer & Error;
    }
  };
  return ready;
}

/**
 * The same key, which ssh2 takes for one of the algorithm's own type: for an RSA key it would otherwise choose the
 * algorithm itself, and that is SHA-1's where it does not know what a server takes.
 */
export function signingBy(key: ParsedKey, algorithm: string): ParsedKey {
  const digest = digestOf(algorithm);
  if (digest === undefined) return key;
  const signing = Object.create(key) as ParsedKey & { type: string };
  Object.defineProperty(signing, "type", { value: algorithm });
  signing.sign = (data) => key.sign(data, digest);
  return signing;
}
