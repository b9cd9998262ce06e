import { defined } from "@roadrunner/core";
import { Authority } from "./authority/authority.ts";
import type { Authorities } from "./authority/open-authorities.ts";
import type { authorityOptions } from "./authority/options.ts";
import { freshWorkerId, type WorkerOptions } from "./options/options.ts";
import type { Log } from "@roadrunner/core/service";
import { noObserver, type WorkerObserver } from "./daemon/observer.ts";
import { randomIdPart, Worker } from "./daemon/worker.ts";
import { KeptShells } from "./visit/kept/kept-shells.ts";
import { createSshHosts } from "./ssh/hosts.ts";

/** What concerns the process rr-worker and not the worker in it. */
type ProcessOptions = "log-level" | "log-format" | "metrics-port" | "metrics-address";

type Options = Omit<WorkerOptions, ProcessOptions | keyof typeof authorityOptions>;

/** Starts a worker from its options; used by rr-worker and by `rr-submit --local`. */
export function startWorker(
  options: Options & {
    readonly log: Log;
    readonly observer?: WorkerObserver;
    /** Default: takes everything. */
    readonly authorities?: Authorities;
  },
): Worker {
  const { log } = options;
  const hosts = createSshHosts({
    keepAliveMs: options["keep-alive"],
    maxConnections: options["max-connections"],
    logger: log,
    transport: options.transport,
    ...defined({
      strictHostKeyChecking: options["strict-host-key-checking"],
      sshConfigFiles: options["ssh-config"],
      knownHostsFiles: options["known-hosts"],
      identities: options.identity,
      agentSocket: process.env["SSH_AUTH_SOCK"],
      certCommand: options["cert-command"],
      passphraseFile: options["passphrase-file"],
      passwordFile: options["ssh-password-file"],
      ignoreDirectives: options["ignore-directive"],
    }),
  });
  const worker = new Worker({
    servers: options.servers,
    id: freshWorkerId(options.id, randomIdPart()),
    pools: options.pool,
    places: options.concurrency,
    maxOutputBytes: options["max-output"],
    keepAnswersMs: options["lost-timeout"],
    drainTimeoutMs: options["drain-timeout"],
    gateUrls: options["gate-urls"],
    ...(options.authorities ?? { authority: Authority.none() }),
    hosts,
    log,
    observer: options.observer ?? noObserver,
    ...defined({
      shells: options["keep-shell"] > 0 ? new KeptShells(options["keep-shell"]) : undefined,
      secretsDir: options["secrets-dir"],
      recordDir: options["record-dir"],
      sudoPasswordFile: options["sudo-password-file"],
    }),
  });
  worker.start();
  return worker;
}
