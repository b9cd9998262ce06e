import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { auditLines } from "../../faults/signed/refusals.ts";
import { bareEnv, startChild, type ChildProgram } from "../../support/child-program.ts";
import { GearmanProxy } from "../../support/gearman-proxy.ts";
import type { Gearmand } from "../../support/gearmand.ts";
import { homeEnv } from "../../support/processes.ts";
import { EpochWatch } from "../seen/epoch-watch.ts";
import type { AuditLine } from "../seen/check-authority.ts";

/** Few, so that tasks wait at the job server for longer than a lease. */
const PLACES = 4;

export interface WorkersOptions {
  readonly dir: string;
  /** Path of rr-worker's program. */
  readonly program: string;
  readonly gateUrl: string;
  /** Whom they take something from; undefined: from everybody. */
  readonly authority: readonly string[] | undefined;
}

/** The workers of a site, each with somebody who listens between it and the job server; they are started again and again. */
export class Workers {
  readonly watches: EpochWatch[] = [];
  readonly #options: WorkersOptions;
  /** Before the job server, one for each. */
  readonly #servers: GearmanProxy[] = [];
  readonly #workers: ChildProgram[] = [];
  readonly #everyWorker: ChildProgram[] = [];

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /** One more. */
  async add(gearmand: Gearmand): Promise<void> {
    const index = this.#servers.length;
    const server = await GearmanProxy.start(gearmand);
    const watch = new EpochWatch(`worker${index}`);
    server.tamper(watch.look);
    this.#servers.push(server);
    this.watches.push(watch);
    this.start(index);
  }

  /** Another process in the place of the one that was there. */
  start(index: number): void {
    const { dir, gateUrl, authority, program } = this.#options;
    const args = [
      ...["--servers", this.#servers[index]?.address ?? "", "--concurrency", String(PLACES)],
      ...["--ssh-config", join(dir, "ssh_config"), "--record-dir", join(dir, "records")],
      ...["--gate-urls", gateUrl, "--log-format", "json"],
      ...(authority === undefined ? [] : [...authority, "--audit-log", this.#auditLog(index)]),
    ];
    this.watches[index]?.forget();
    const worker = startChild(process.execPath, [program, ...args], {
      env: { ...bareEnv, ...homeEnv(join(dir, "worker-home")) },
    });
    this.#workers[index] = worker;
    this.#everyWorker.push(worker);
  }

  async kill(index: number): Promise<void> {
    await this.#workers[index]?.kill();
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
  }

  signal(index: number, name: NodeJS.Signals): void {
    this.#workers[index]?.signal(name);
  }

  /** What they wrote down of what came to them; nothing where they take all. */
  audited(): readonly AuditLine[] {
    return this.auditLogs.flatMap((path) => auditLines(readFileSync(path, "utf8")) as AuditLine[]);
  }

  /** Files of what they wrote down. */
  get auditLogs(): readonly string[] {
    return this.#workers.map((_, index) => this.#auditLog(index)).filter((path) => existsSync(path));
  }

  log(): string {
    return this.#everyWorker.map((worker) => worker.output()).join("\n====\n");
  }

  async close(): Promise<void> {
    await this.killAll();
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  #auditLog(index: number): string {
    return join(this.#options.dir, `audit-worker${index}.log`);
  }
}
