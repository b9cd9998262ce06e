import type { Algorithms, ServerHostKeyAlgorithm } from "ssh2";
import { defined } from "@roadrunner/core";
import { HOST_KEYS, type AlgorithmSettings } from "../config/algorithms.ts";
import type { KnownForHost } from "./known-hosts-store.ts";

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
 * that a server with keys of several types shows one that can be checked; as written, where the operator wrote it.
 */
export function hostKeyAlgorithms(
  knownTypes: readonly string[],
  { hostKey = HOST_KEYS.defaults, hostKeyOrderIsWritten }: AlgorithmSettings = {},
): ServerHostKeyAlgorithm[] {
  if (hostKeyOrderIsWritten === true) return [...hostKey];
  const isKnown = (algorithm: string) =>
    knownTypes.includes(algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm);
  return [...hostKey.filter(isKnown), ...hostKey.filter((algorithm) => !isKnown(algorithm))];
}

/** What is offered to a server; of ssh2's own host key algorithms one is SHA-1's, so they are always ours. */
export function offerOf(knownTypes: readonly string[], settings: AlgorithmSettings = {}): Algorithms {
  const { kex, cipher, hmac } = settings;
  const mutable = <T>(list: readonly T[] | undefined) => (list === undefined ? undefined : [...list]);
  return {
    serverHostKey: hostKeyAlgorithms(knownTypes, settings),
    ...defined({ kex: mutable(kex), cipher: mutable(cipher), hmac: mutable(hmac) }),
  };
}
