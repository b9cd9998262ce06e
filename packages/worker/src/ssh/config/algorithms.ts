import type { CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from "ssh2";
import { fail, defined, succeed, type Result } from "@roadrunner/core";
import { resolveAlgorithms, type AlgorithmKind } from "./algorithm-names.ts";
import * as values from "./config-values.ts";
import type { DirectiveReader } from "./directive-reader.ts";

/** What ssh_config says about algorithms, as far as it does. */
export interface AlgorithmSettings {
  readonly kex?: readonly KexAlgorithm[];
  readonly cipher?: readonly CipherAlgorithm[];
  readonly hmac?: readonly MacAlgorithm[];
  readonly hostKey?: readonly ServerHostKeyAlgorithm[];
  /** `hostKey` is in the operator's order, which what is known of the host does not change. */
  readonly hostKeyOrderIsWritten?: true;
  /** Of signatures with the worker's own keys. */
  readonly userKey?: readonly string[];
  /** RSA keys of fewer bits are not taken, neither the host's nor our own. */
  readonly requiredRsaBits?: number;
}

interface Kind<Name extends string> extends AlgorithmKind {
  readonly defaults: readonly Name[];
  /** What ssh2 can do. */
  readonly ours: readonly Name[];
}

function kind<Name extends string>(
  defaults: readonly Name[],
  onDemand: readonly Name[],
  beyondUs: string,
  takesPatterns = false,
): Kind<Name> {
  const ours = [...defaults, ...onDemand];
  return { defaults, ours, all: [...ours, ...beyondUs.split(/\s+/)], takesPatterns };
}

/** In ssh2's order: what OpenSSH prefers, ssh2 does in JavaScript. */
export const CIPHERS = kind<CipherAlgorithm>(
  [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
  ],
  ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
  "rijndael-cbc@lysator.liu.se",
);

export const MACS = kind<MacAlgorithm>(
  [
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha1-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha1",
  ],
  ["hmac-sha1-96", "hmac-md5", "hmac-md5-96"],
  `umac-64@openssh.com umac-128@openssh.com umac-64-etm@openssh.com umac-128-etm@openssh.com
   hmac-sha1-96-etm@openssh.com hmac-md5-etm@openssh.com hmac-md5-96-etm@openssh.com`,
);

export const KEX = kind<KexAlgorithm>(
  [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
  ],
  ["diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1", "diffie-hellman-group1-sha1"],
  `sntrup761x25519-sha512 sntrup761x25519-sha512@openssh.com sntrup4591761x25519-sha512@tinyssh.org
   mlkem768x25519-sha256`,
);

/** Those of SHA-1 only on demand, as in OpenSSH since 8.8. */
const KEYS: Kind<ServerHostKeyAlgorithm> = {
  defaults: [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
  ],
  ours: [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
    "ssh-dss",
  ],
  // In OpenSSH's own order, since patterns may stand in its lists.
  all: `ssh-ed25519 ssh-ed25519-cert-v01@openssh.com sk-ssh-ed25519@openssh.com
    sk-ssh-ed25519-cert-v01@openssh.com ecdsa-sha2-nistp256 ecdsa-sha2-nistp256-cert-v01@openssh.com
    ecdsa-sha2-nistp384 ecdsa-sha2-nistp384-cert-v01@openssh.com ecdsa-sha2-nistp521
    ecdsa-sha2-nistp521-cert-v01@openssh.com sk-ecdsa-sha2-nistp256@openssh.com
    sk-ecdsa-sha2-nistp256-cert-v01@openssh.com webauthn-sk-ecdsa-sha2-nistp256@openssh.com ssh-dss
    ssh-dss-cert-v01@openssh.com ssh-rsa ssh-rsa-cert-v01@openssh.com rsa-sha2-256
    rsa-sha2-256-cert-v01@openssh.com rsa-sha2-512 rsa-sha2-512-cert-v01@openssh.com`.split(/\s+/),
  takesPatterns: true,
};
export const HOST_KEYS = KEYS;
export const USER_KEYS: Kind<string> = KEYS;

/** By the directive; for whoever checks lines. */
export const ALGORITHM_KINDS: Readonly<Record<string, AlgorithmKind>> = {
  ciphers: CIPHERS,
  hostkeyalgorithms: HOST_KEYS,
  kexalgorithms: KEX,
  macs: MACS,
  pubkeyacceptedalgorithms: USER_KEYS,
};

/** Below it OpenSSH takes no RSA key, whatever RequiredRSASize says. */
export const LEAST_RSA_BITS = 1024;

/** Undefined where nothing is said. */
export function algorithmsOf(reader: DirectiveReader): AlgorithmSettings | undefined {
  const hostKeys = reader.word("hostkeyalgorithms");
  const settings: AlgorithmSettings = defined({
    kex: listOf(reader, "kexalgorithms", KEX),
    cipher: listOf(reader, "ciphers", CIPHERS),
    hmac: listOf(reader, "macs", MACS),
    hostKey: listOf(reader, "hostkeyalgorithms", HOST_KEYS),
    // As in ssh: what is known of the host orders a list that was only added to or taken from.
    hostKeyOrderIsWritten: hostKeys !== undefined && !/^[-+]/.test(hostKeys) ? (true as const) : undefined,
    userKey: listOf(reader, "pubkeyacceptedalgorithms", USER_KEYS),
    requiredRsaBits: reader.value("requiredrsasize", values.parseCount),
  });
  return Object.keys(settings).length === 0 ? undefined : settings;
}

function listOf<Name extends string>(
  reader: DirectiveReader,
  keyword: string,
  { ours, ...all }: Kind<Name>,
): readonly Name[] | undefined {
  const line = reader.line(keyword);
  const written = line?.args[0];
  if (line === undefined || written === undefined) return undefined;
  const resolved = resolveAlgorithms(written, all);
  if (!resolved.ok) return reader.refuse(line, resolved.error);
  const usable = usableOf(resolved.value, ours);
  return usable.ok ? usable.value : reader.refuse(line, `of "${written}" ${usable.error}`, true);
}

function usableOf<Name extends string>(
  names: readonly string[],
  ours: readonly Name[],
): Result<readonly Name[], string> {
  const usable = names.flatMap((name) => ours.filter((one) => one === name));
  return usable.length > 0 ? succeed(usable) : fail(`none is supported here; there are ${ours.join(", ")}`);
}
