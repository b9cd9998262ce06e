import type { TransportName } from "@roadrunner/core";
import type { StrictHostKeyChecking } from "./config-values.ts";

/** What the worker's command line says about SSH; all else comes from ssh_config. */
export interface SshOptions {
  /** Default ~/.ssh/config, then /etc/ssh/ssh_config. */
  readonly sshConfigFiles?: readonly string[];
  /** Replace those of ssh_config. */
  readonly knownHostsFiles?: readonly string[];
  /** Private key files, tried before those of ssh_config. */
  readonly identities?: readonly string[];
  /** By what hosts are reached, where the target does not say; default "builtin". */
  readonly transport?: TransportName;
  /** Path of ssh-agent's socket, usually $SSH_AUTH_SOCK. */
  readonly agentSocket?: string;
  /** Default: what ssh_config says, else "yes"; see `settingsFor`. */
  readonly strictHostKeyChecking?: StrictHostKeyChecking;
  /** How long a connection without a lease is kept; default 60 000 ms. */
  readonly keepAliveMs?: number;
  /** Most connections at once; default 2000. */
  readonly maxConnections?: number;
  /** Most leases on one connection; default 5, which leaves room in sshd's MaxSessions of 10. */
  readonly connectionChannels?: number;
  /** File whose first line opens encrypted private keys. */
  readonly passphraseFile?: string;
  /** File whose first line is given where a server asks for a password. */
  readonly passwordFile?: string;
  /** For /bin/sh: has the worker's certificate signed anew when it is about to expire. */
  readonly certCommand?: string;
  /** ssh_config directives that may stand there although we do not honour them. */
  readonly ignoreDirectives?: readonly string[];
  readonly logger?: SshLogger;
}

export interface SshLogger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}
