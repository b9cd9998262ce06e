import type { ServerHostKeyAlgorithm } from "ssh2";
import type { KnownForHost } from "./known-hosts-store.ts";

/** Those that ssh2 offers, in its order. */
const OFFERED: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];

/**
 * The types of the keys that could vouch for the host. A revoked key or that of a certificate authority says nothing of
 * which key the host shows; what is known under the name without port counts where nothing is under its own.
 */
export function vouchingTypes({ keys, alsoKeys }: Pick<KnownForHost, "keys" | "alsoKeys">): string[] {
  const plain = keys.filter(({ marker }) => marker === "none");
  const vouching = plain.length > 0 ? plain : alsoKeys.filter(({ marker }) => marker === "none");
  return vouching.map(({ type }) => type);
}

/**
 * The order in which host key algorithms are asked for: first those whose keys are known for the host, so
 * that a server with keys of several types shows one that can be checked.
 */
export function hostKeyAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: string) =>
    knownTypes.includes(algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm);
  return [...OFFERED.filter(isKnown), ...OFFERED.filter((algorithm) => !isKnown(algorithm))];
}

/** The same for ssh2; undefined is its own order, which costs a connection neither time nor memory. */
export function offerOf(
  knownTypes: readonly string[],
): { readonly serverHostKey: ServerHostKeyAlgorithm[] } | undefined {
  const serverHostKey = hostKeyAlgorithms(knownTypes);
  return serverHostKey.every((algorithm, index) => algorithm === OFFERED[index])
    ? undefined
    : { serverHostKey };
}
