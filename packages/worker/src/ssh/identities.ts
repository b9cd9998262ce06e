import { readFileSync } from "node:fs";
import ssh2, { type ParsedKey } from "ssh2";
import { messageOf } from "./problem.ts";
import type { LoginSettings } from "./host-settings.ts";
import { fingerprint } from "./known-hosts.ts";

/** A way to log in: by a key of a file or of the agent. */
export interface Identity {
  /** Such as "/root/.ssh/id_ed25519" or "agent key SHA256:…". */
  readonly label: string;
  readonly key: ParsedKey;
  /** Where the agent signs. */
  readonly agent?: ssh2.BaseAgent<ParsedKey>;
}

export interface Identities {
  readonly usable: readonly Identity[];
  /** Why others are not, for the message of a refused login. */
  readonly unusable: readonly string[];
}

/** Keys in the order of OpenSSH: the agent's that a file names, the agent's others, then files. */
export async function identitiesFor(settings: LoginSettings): Promise<Identities> {
  const unusable: string[] = [];
  const usable: Identity[] = [];
  for (const path of settings.identityFiles) {
    const key = readKey(path);
    if (typeof key !== "string") usable.push({ label: path, key });
    else if (settings.identitiesAreNamed || key !== MISSING) unusable.push(`${path}: ${key}`);
  }
  if (settings.agentSocket === undefined) return { usable, unusable };
  const held = await agentKeys(settings.agentSocket);
  if (typeof held === "string") return { usable, unusable: [...unusable, held] };
  const inFile = new Set(usable.map(({ key }) => fingerprint(key.getPublicSSH())));
  const fromAgent = held.filter(
    ({ key }) => !settings.identitiesOnly || inFile.has(fingerprint(key.getPublicSSH())),
  );
  const agentHas = new Set(fromAgent.map(({ key }) => fingerprint(key.getPublicSSH())));
  const filesOnly = usable.filter(({ key }) => !agentHas.has(fingerprint(key.getPublicSSH())));
  return { usable: [...fromAgent, ...filesOnly], unusable };
}

const MISSING = "no such file";

function readKey(path: string): ParsedKey | string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? MISSING : messageOf(error);
  }
  const parsed = ssh2.utils.parseKey(bytes);
  const key = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
  if (key instanceof Error) return key.message;
  return key.isPrivateKey() ? key : "is no private key";
}

function agentKeys(socket: string): Promise<Identity[] | string> {
  return new Promise((resolve) => {
    const agent = ssh2.createAgent(socket);
    agent.getIdentities((error, keys) => {
      if (error) return resolve(`ssh-agent at ${socket}: ${error.message}`);
      resolve(
        (keys ?? []).flatMap((item) => {
          const key = ssh2.utils.parseKey(item as ParsedKey);
          if (key instanceof Error) return [];
          const label = `agent key ${key.comment || ""} ${fingerprint(key.getPublicSSH())}`;
          return [{ label, key, agent: new OneKeyAgent(agent, key) }];
        }),
      );
    });
  });
}

/** Shows ssh2 one key of an agent, so that the order of keys is ours. */
class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: ssh2.BaseAgent;
  readonly #key: ParsedKey;

  constructor(agent: ssh2.BaseAgent, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }

  override getIdentities(callback: ssh2.IdentityCallback<ParsedKey>): void {
    callback(undefined, [this.#key]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: ssh2.SigningRequestOptions | ssh2.SignCallback,
    callback?: ssh2.SignCallback,
  ): void {
    if (typeof options === "function") this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, callback);
  }
}
