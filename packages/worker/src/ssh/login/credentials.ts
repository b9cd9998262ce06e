import type { HostSettings } from "../config/host-settings.ts";
import type { SshOptions } from "../config/options.ts";
import type { HandshakeEnd } from "./handshake-end.ts";
import { orderIdentities, type Identities } from "./identities.ts";
import { firstLine, KeyFiles } from "./key-files.ts";
import type { LoginAttempt, LoginPlan } from "./login-plan.ts";
import { PasswordGuard } from "./password-guard.ts";
import { SshAgent, type AgentKeys } from "./ssh-agent.ts";

/** More hosts and users than one worker logs in to; beyond, it finds out anew which key opens which door. */
const MOST_DOORS = 100_000;

/** A key file of which no ssh can make use. */
export interface ShutKey {
  readonly path: string;
  /** Completes "PATH: …". */
  readonly why: string;
  /** The worker's own options ask for it, or for what would open it. */
  readonly isOwnFault: boolean;
}

/** What this worker can show to log in: keys of files and agents, a password; and what has served before. */
export class Credentials {
  readonly #options: SshOptions;
  readonly #keyFiles: KeyFiles;
  readonly #agents = new Map<string, SshAgent>();
  readonly #guard = new PasswordGuard();
  /** The key that opened a host's door last, by user, host and port. */
  readonly #lastUsed = new Map<string, string>();

  constructor(options: SshOptions, uid: number) {
    this.#options = options;
    this.#keyFiles = new KeyFiles(uid, options.passphraseFile);
  }

  async identities(settings: HostSettings): Promise<Identities> {
    const { login } = settings;
    return orderIdentities({
      files: login.identityFiles.map((path) => this.#keyFiles.get(path)),
      filesAreNamed: login.identitiesAreNamed,
      ownFiles: this.#options.identities ?? [],
      agent: await this.agentKeys(settings),
      onlyNamed: login.identitiesOnly,
      signing: settings.algorithms,
      lastUsed: this.#lastUsed.get(doorOf(settings)),
    });
  }

  /** Files that are named for the host, or lie where ssh looks, and that cannot be used whatever connects. */
  shutKeys({ login }: HostSettings): readonly ShutKey[] {
    return login.identityFiles.flatMap((path) => {
      const { isShut, missing, unusable = "", lacksPassphrase } = this.#keyFiles.get(path);
      if (isShut !== true || (missing && !login.identitiesAreNamed)) return [];
      const isOwnFault = lacksPassphrase === true || (this.#options.identities ?? []).includes(path);
      return [{ path, why: unusable, isOwnFault }];
    });
  }

  /** Undefined: not known. */
  publicKeyOf(path: string): Buffer | undefined {
    return this.#keyFiles.get(path).publicBlob;
  }

  agentKeys({ login }: HostSettings): Promise<AgentKeys> {
    return login.agentSocket === undefined
      ? Promise.resolve({ keys: [], certificates: [], kindsBeyondUs: [], unusable: [] })
      : this.#agent(login.agentSocket).keys();
  }

  #agent(socket: string): SshAgent {
    const agent = this.#agents.get(socket) ?? new SshAgent(socket);
    this.#agents.set(socket, agent);
    return agent;
  }

  /** The password, or why it is not given. */
  password(): { readonly value?: string; readonly why?: string; readonly isUnread?: true } {
    const { passwordFile } = this.#options;
    if (passwordFile === undefined) return { why: "no password file is given" };
    if (!this.#guard.mayUse(performance.now()))
      return { why: "the password is held back for a minute, since 5 hosts in a row refused it" };
    const read = firstLine(passwordFile);
    return read.ok ? { value: read.value } : { why: read.error, isUnread: true };
  }

  notePassword(settings: HostSettings, plan: LoginPlan, end: HandshakeEnd): void {
    const given = plan.tried.some(({ method }) => method !== "publickey");
    if (end.kind === "ready" && end.by !== undefined && given) this.#guard.accepted();
    else if (end.kind === "loginRefused" && given) this.#guard.refused(settings.hostname, performance.now());
  }

  /** Of a login by the box's own ssh. */
  notePasswordEnd(host: string, isAccepted: boolean): void {
    if (isAccepted) this.#guard.accepted();
    else this.#guard.refused(host, performance.now());
  }

  noteKey(settings: HostSettings, by: LoginAttempt | undefined): void {
    if (by?.method !== "publickey") return;
    if (this.#lastUsed.size >= MOST_DOORS) this.#lastUsed.clear();
    this.#lastUsed.set(doorOf(settings), by.identity.fingerprint);
  }
}

/** Tells hosts and users apart. */
export function doorOf({ user, hostname, port }: HostSettings): string {
  return `${user}@${hostname}:${port}`;
}
