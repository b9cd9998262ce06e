import { X509Certificate } from "node:crypto";
import { Agent } from "node:https";
import { fail, succeed, type Result } from "@roadrunner/core";
import { pathFault, readNamedFile, whyUnread } from "@roadrunner/core/files";
import { formatCoordinator, isLoopback, type CoordinatorAddress } from "@roadrunner/engine/address";

/** Whom a connection over the network is made to. */
export interface Dialled {
  readonly host: string;
  readonly port: number;
  readonly isLoopback: boolean;
  /** The file of authorities that alone count, where one is named. */
  readonly caFile: string | undefined;
}

/** A connection that was left open is used again so long, in milliseconds: a coordinator ends it after 30 s. */
const KEPT_MS = 5000;

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** A coordinator's address, and who stands for its certificate. */
export class Destination {
  readonly address: CoordinatorAddress;
  readonly name: string;
  readonly #caFile: string | undefined;
  #authorities: Result<readonly string[] | undefined, string> | undefined;
  #agent: Agent | undefined;

  /** @param caFile its certificates alone count; without it, those that Node has */
  constructor(address: CoordinatorAddress, caFile?: string) {
    this.address = address;
    this.name = formatCoordinator(address);
    this.#caFile = caFile;
  }

  get caFile(): string | undefined {
    return this.#caFile;
  }

  /** Undefined: those that Node has. The error is the text for the operator. */
  authorities(): Result<readonly string[] | undefined, string> {
    this.#authorities ??= this.#caFile === undefined ? succeed(undefined) : readAuthorities(this.#caFile);
    return this.#authorities;
  }

  /** Keeps a connection for the next question; one that nothing is asked on does not hold this process. */
  get agent(): Agent {
    this.#agent ??= new Agent({ keepAlive: true, timeout: KEPT_MS, maxFreeSockets: 1 });
    return this.#agent;
  }
}

export function dialled(
  { host, port }: Exclude<CoordinatorAddress, { kind: "socket" }>,
  caFile: string | undefined,
): Dialled {
  return { host, port, isLoopback: isLoopback(host), caFile };
}

/** The certificates of a file; the error is the text for the operator. */
export function readAuthorities(path: string): Result<readonly string[], string> {
  try {
    const text = readNamedFile(path).toString("latin1");
    const fault = pathFault(path, "public");
    if (fault !== undefined) return fail(`--coordinator-ca ${path} ${fault}`);
    const found = text.match(PEM) ?? [];
    if (found.length === 0)
      return fail(
        `--coordinator-ca ${path} holds no certificate; it must be PEM (-----BEGIN CERTIFICATE-----)`,
      );
    const wrong = found.findIndex((one) => !isCertificate(one));
    return wrong === -1
      ? succeed(found)
      : fail(`--coordinator-ca ${path}: its certificate ${wrong + 1} of ${found.length} is damaged`);
  } catch (error) {
    return fail(`--coordinator-ca ${path} cannot be read: ${whyUnread(error)}`);
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
