import { fail, succeed, type Result } from "@roadrunner/core";
import { LEAST_RSA_BITS, USER_KEYS, type AlgorithmSettings } from "../config/algorithms.ts";
import { keyTypeOf } from "../known-hosts/known-hosts.ts";

const RSA_ALGORITHMS = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"];
const DIGESTS: Readonly<Record<string, "sha256" | "sha512">> = {
  "rsa-sha2-512": "sha512",
  "rsa-sha2-256": "sha256",
};

/** The digest of a signature, where it is not the one that belongs to the key's type. */
export function digestOf(algorithm: string): "sha256" | "sha512" | undefined {
  return DIGESTS[algorithm];
}

/** The algorithms by which this key may sign, most wanted first; the error is why it may not. */
export function signingAlgorithms(
  publicBlob: Buffer,
  { userKey = USER_KEYS.defaults, requiredRsaBits }: AlgorithmSettings = {},
): Result<readonly string[], string> {
  const type = keyTypeOf(publicBlob);
  const tooShort = shortRsaKey(publicBlob, requiredRsaBits);
  if (tooShort !== undefined) return fail(tooShort);
  const able = type === "ssh-rsa" ? RSA_ALGORITHMS : [type];
  const allowed = userKey.filter((algorithm) => able.includes(algorithm));
  return allowed.length > 0
    ? succeed(allowed)
    : fail(`PubkeyAcceptedAlgorithms leaves no way to sign with a key of type ${type}`);
}

/**
 * The first of them that the server takes. One that does not tell may be older than the word for it: then the first.
 * Undefined: it takes none.
 */
export function chooseSigning(
  algorithms: readonly string[],
  taken: readonly string[] | undefined,
): string | undefined {
  // Only of RSA keys do servers tell reliably what they take.
  const [first] = algorithms;
  if (taken === undefined || first === undefined || !RSA_ALGORITHMS.includes(first)) return first;
  return algorithms.find((algorithm) => taken.includes(algorithm));
}

/** Why an RSA key has too few bits; undefined: it has not, or is none. */
export function shortRsaKey(publicBlob: Buffer, requiredBits = LEAST_RSA_BITS): string | undefined {
  const least = Math.max(requiredBits, LEAST_RSA_BITS);
  if (keyTypeOf(publicBlob) !== "ssh-rsa") return undefined;
  const bits = rsaBits(publicBlob);
  return bits >= least ? undefined : `an RSA key of ${bits} bits; ${least} are required (RequiredRSASize)`;
}

/** Of the modulus, which follows type and exponent; 0 where the blob is broken. */
function rsaBits(blob: Buffer): number {
  let at = 0;
  for (const _field of ["type", "exponent"]) {
    if (at + 4 > blob.length) return 0;
    at += 4 + blob.readUInt32BE(at);
  }
  if (at + 4 > blob.length) return 0;
  let modulus = blob.subarray(at + 4, at + 4 + blob.readUInt32BE(at));
  while (modulus[0] === 0) modulus = modulus.subarray(1);
  const [top] = modulus;
  return top === undefined ? 0 : (modulus.length - 1) * 8 + (32 - Math.clz32(top));
}
