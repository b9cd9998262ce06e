import type { AlgorithmSettings } from "./algorithms.ts";
import type { StrictHostKeyChecking } from "./config-values.ts";
import type { JumpHop } from "./jump-list.ts";

/** What ssh_config, our options and the target make of one host: all that connecting needs. */
export interface HostSettings {
  /** The name asked for. */
  readonly host: string;
  /** Name or address to dial. */
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  readonly proxy: Proxy;
  /** 0 is any. */
  readonly addressFamily: 0 | 4 | 6;
  readonly bindAddress?: string;
  /** Bound for the TCP connection alone. */
  readonly connectTimeoutMs?: number;
  readonly hostKey: HostKeySettings;
  readonly login: LoginSettings;
  /** GSSAPIAuthentication. */
  readonly isKerberosOn: boolean;
  /** What of ssh_config the box's own ssh can do and ssh2 cannot, each with where it stands. */
  readonly beyondUs: readonly string[];
  /** Undefined: ours. */
  readonly algorithms?: AlgorithmSettings;
  /** 0: no keep-alive messages. */
  readonly aliveIntervalMs: number;
  /** So many unanswered ones are one too few. */
  readonly aliveCountMax: number;
}

export type Proxy =
  | { readonly kind: "none" }
  /** Passed in this order. */
  | { readonly kind: "jump"; readonly hops: readonly JumpHop[] }
  /** For the shell, tokens expanded. */
  | { readonly kind: "command"; readonly command: string };

export interface HostKeySettings {
  /** As known_hosts calls the host; the first is what accept-new writes. */
  readonly names: readonly [string, ...string[]];
  /** The same without port: a key known there is accepted too, another one there is no contradiction. */
  readonly namesWithoutPort: readonly string[];
  /** In the order to ask; the first is where accept-new writes. */
  readonly files: readonly string[];
  /** By the worker's own option; false: by ssh_config, or ssh's usual files, some of which are not there. */
  readonly filesAreNamed: boolean;
  readonly strict: StrictHostKeyChecking;
  readonly hashNames: boolean;
}

export type LoginMethod = "publickey" | "keyboard-interactive" | "password";

export interface LoginSettings {
  /** Private key files in the order to try. */
  readonly identityFiles: readonly string[];
  /** False: they are only ssh's usual files, and most are not there. */
  readonly identitiesAreNamed: boolean;
  /** CertificateFile. */
  readonly certificateFiles: readonly string[];
  /** Of the agent, only keys that `identityFiles` names. */
  readonly identitiesOnly: boolean;
  /** Path of ssh-agent's socket. */
  readonly agentSocket?: string;
  /** In the order to try. */
  readonly methods: readonly LoginMethod[];
}
