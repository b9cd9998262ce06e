/** What ssh_config, our options and the target make of one host: all that connecting needs. */
export interface HostSettings {
  /** The name asked for. */
  readonly host: string;
  /** Name or address to dial. */
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  /** Replaces the name under which known_hosts is asked. */
  readonly hostKeyAlias?: string;
  /** Private key files in the order to try. */
  readonly identityFiles: readonly string[];
  /** False: they are only ssh's usual places, and most are not there. */
  readonly identitiesAreNamed: boolean;
  /** Of the agent, only keys that `identityFiles` names. */
  readonly identitiesOnly: boolean;
  /** Path of ssh-agent's socket. */
  readonly agentSocket?: string;
  /** In the order to ask; the first is where accept-new writes. */
  readonly knownHostsFiles: readonly string[];
  readonly strictHostKeyChecking: StrictHostKeyChecking;
}

export type StrictHostKeyChecking = "yes" | "accept-new" | "no";
