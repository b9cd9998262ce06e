import type { ParsedKey } from "ssh2";
import type { AlgorithmSettings } from "../config/algorithms.ts";
import type { KeyFile } from "./key-files.ts";
import { fingerprintOf } from "@roadrunner/core/signing";
import { signingAlgorithms } from "./signing.ts";
import type { AgentKey, AgentKeys } from "./ssh-agent.ts";

/** A key to log in with. */
export interface Identity {
  /** Such as "~/.ssh/id_ed25519" or "agent key deploy@ops (SHA256:…)". */
  readonly label: string;
  readonly fingerprint: string;
  /** By which it may sign, most wanted first. */
  readonly algorithms: readonly string[];
  /** Signs itself; or else the agent does. */
  readonly privateKey?: ParsedKey;
  readonly agentKey?: AgentKey;
}

export interface Identities {
  readonly usable: readonly Identity[];
  /** Why others are not, for the message of a refused login. */
  readonly unusable: readonly string[];
  /** One of them is what the worker's own options ask for. */
  readonly ownFault: boolean;
}

export interface IdentityInput {
  readonly files: readonly KeyFile[];
  /** False: they are ssh's usual files, and most are not there. */
  readonly filesAreNamed: boolean;
  /** Those of them that the worker's own option names. */
  readonly ownFiles: readonly string[];
  readonly agent: Pick<AgentKeys, "keys" | "unusable">;
  /** Of the agent, only keys that the files name. */
  readonly onlyNamed: boolean;
  readonly signing?: AlgorithmSettings | undefined;
  /** The key that opened this host's door last time goes first. */
  readonly lastUsed?: string | undefined;
}

/**
 * The order in which keys are tried: what the files name (signed by the agent where it has the key), then
 * the agent's other keys. ssh asks the agent's others before the files' keys; with more keys in the agent
 * than the server's MaxAuthTries that ends before the named key had its turn.
 */
export function orderIdentities(input: IdentityInput): Identities {
  const held = input.agent.keys;
  const unusable = [...input.agent.unusable];
  const byPrint = new Map(held.map((key) => [fingerprintOf(key.publicBlob), key]));
  const named: Identity[] = [];
  const take = (
    list: Identity[],
    one: Omit<Identity, "fingerprint" | "algorithms">,
    publicBlob: Buffer,
  ): void => {
    const algorithms = signingAlgorithms(publicBlob, input.signing);
    if (!algorithms.ok) unusable.push(`${one.label}: ${algorithms.error}`);
    else list.push({ ...one, fingerprint: fingerprintOf(publicBlob), algorithms: algorithms.value });
  };
  let ownFault = false;
  for (const file of input.files) {
    const { path, publicBlob, privateKey } = file;
    const agentKey = publicBlob === undefined ? undefined : byPrint.get(fingerprintOf(publicBlob));
    if (publicBlob !== undefined && agentKey !== undefined)
      take(named, { label: `${path} (in the agent)`, agentKey }, publicBlob);
    else if (publicBlob !== undefined && privateKey !== undefined)
      take(named, { label: path, privateKey }, publicBlob);
    else {
      if (input.filesAreNamed || !file.missing) unusable.push(`${file.path}: ${file.unusable}`);
      ownFault ||= file.lacksPassphrase === true || input.ownFiles.includes(file.path);
    }
    if (file.certificate !== undefined)
      unusable.push(`${file.certificate}: certificates are not supported by ssh2 (--transport auto)`);
  }
  const others: Identity[] = [];
  for (const agentKey of input.onlyNamed ? [] : held) {
    const print = fingerprintOf(agentKey.publicBlob);
    if (named.some((one) => one.fingerprint === print)) continue;
    const label = `agent key ${`${agentKey.comment} (${print})`.trim()}`;
    take(others, { label, agentKey }, agentKey.publicBlob);
  }
  const ordered = input.filesAreNamed ? [...named, ...others] : [...others, ...named];
  const once = ordered.filter(
    (one, index) => ordered.findIndex(({ fingerprint }) => fingerprint === one.fingerprint) === index,
  );
  const isLast = ({ fingerprint }: Identity) => fingerprint === input.lastUsed;
  return { usable: [...once.filter(isLast), ...once.filter((one) => !isLast(one))], unusable, ownFault };
}
