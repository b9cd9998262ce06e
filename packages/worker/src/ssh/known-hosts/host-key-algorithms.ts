import type { ServerHostKeyAlgorithm } from "ssh2";

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
