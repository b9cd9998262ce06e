import { randomBytes } from "node:crypto";
import {
  formatServer,
  GearmanWorker,
  Places,
  type GearmanClient,
  type ServerAddress,
} from "@roadrunner/core/gearman";
import { nonce } from "../run-id.ts";
import { serverInUse } from "./gearman-link.ts";

/** One name for all who ask: gearmand remembers each name for ever, and what one of them hears is true for the others. */
const FUNCTION = "rr-probe";
const WITHIN_MS = 5000;

/**
 * Finds out whether the job server passes on what a worker says of a job before its end, by a job of our own: Perl's
 * does not, and then nobody hears that anything starts.
 */
export class ProgressProbe {
  readonly #gearman: GearmanClient;
  /** By job server. */
  readonly #known = new Map<string, boolean>();

  constructor(gearman: GearmanClient) {
    this.#gearman = gearman;
  }

  /** Undefined: it cannot be told now. */
  async passesOn(): Promise<boolean | undefined> {
    const server = serverInUse(this.#gearman);
    if (server === undefined) return undefined;
    const name = formatServer(server);
    const passes = this.#known.get(name) ?? (await probe(this.#gearman, server));
    if (passes !== undefined) this.#known.set(name, passes);
    return passes;
  }
}

async function probe(gearman: GearmanClient, server: ServerAddress): Promise<boolean | undefined> {
  const unique = `probe-${nonce(16, randomBytes)}`;
  const worker = new GearmanWorker({
    servers: [server],
    clientId: unique,
    functions: [
      {
        name: FUNCTION,
        handler: async (job) => {
          await job.sendData("said");
          return "";
        },
      },
    ],
    places: new Places(1),
    onHandlerError: (_, error) => String(error),
    onUndeliverable: () => {},
  });
  worker.start();
  let heard = false;
  const { result } = gearman.submit({
    functionName: FUNCTION,
    unique,
    workload: "",
    timeoutMs: WITHIN_MS,
    onData: () => {
      heard = true;
    },
  });
  const { kind } = await result;
  await worker.close();
  return kind === "complete" ? heard : undefined;
}
