import { readdirSync, readFileSync } from "node:fs";
import { GearmanClient } from "@roadrunner/core/gearman";
import { parseOutcome, type OutcomeMessage } from "@roadrunner/core";
import { findFreePort } from "../support/free-port.ts";
import { Site, type SiteOptions } from "../support/site.ts";
import { until } from "../support/until.ts";
import { findDescendants } from "../support/processes-of.ts";

const MIB = 1024 * 1024;

/** One rr-worker on a site of its own, a client to give it tasks, and a look at what it uses. */
export class WorkerUnderLoad {
  readonly site: Site;
  readonly client: GearmanClient;
  readonly metricsPort: number;
  #submitted = 0;

  private constructor(site: Site, client: GearmanClient, metricsPort: number) {
    this.site = site;
    this.client = client;
    this.metricsPort = metricsPort;
  }

  static async start(options: SiteOptions): Promise<WorkerUnderLoad> {
    const port = await findFreePort();
    const workerArgs = ["--metrics-port", String(port), ...(options.workerArgs ?? [])];
    const site = await Site.start({ ...options, workers: 1, workerArgs });
    const client = new GearmanClient({ servers: [{ host: "127.0.0.1", port: site.gearmand.port }] });
    client.start();
    await until("the client to connect", () => client.state.type === "up");
    return new WorkerUnderLoad(site, client, port);
  }

  /** Submits a workload and gives what Gearman made of it. */
  submit(workload: object | string) {
    this.#submitted += 1;
    return this.client.submit({
      functionName: "rr-run",
      unique: `load-${this.#submitted}`,
      workload: typeof workload === "string" ? workload : JSON.stringify(workload),
    }).result;
  }

  /** Submits a workload and gives its outcome. */
  async outcomeOf(workload: object | string): Promise<OutcomeMessage> {
    const answer = await this.submit(workload);
    if (answer.kind !== "complete") throw new Error(`no outcome: ${JSON.stringify(answer)}`);
    const outcome = parseOutcome(answer.data.toString());
    if (!outcome.ok) throw new Error(outcome.error);
    return outcome.value;
  }

  /** Memory in MiB: now, and the most that it ever was. */
  memory(): { readonly now: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.#pid}/status`, "utf8");
    const kib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
    return { now: (kib("VmRSS") * 1024) / MIB, peak: (kib("VmHWM") * 1024) / MIB };
  }

  descriptors(): number {
    return readdirSync(`/proc/${this.#pid}/fd`).length;
  }

  children(): number {
    return findDescendants(this.#pid).length;
  }

  get #pid(): number {
    const [worker] = this.site.workers;
    if (worker === undefined) throw new Error("there is no worker");
    return worker.pid;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.site.stop();
  }
}

/** Runs `total` tasks, `atOnce` at a time. */
export async function inTurns(
  total: number,
  atOnce: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < total; index = next++) await task(index);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** For the record: what was measured, one line. */
export function report(what: string, figures: Readonly<Record<string, number>>): void {
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${Math.round(value * 10) / 10}`);
  process.stderr.write(`measured: ${what}: ${shown.join(", ")}\n`);
}
