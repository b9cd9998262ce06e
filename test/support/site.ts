import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "@roadrunner/core";
import type { ChildProgram } from "./child-program.ts";
import { startGearmand, type Gearmand, type GearmandOptions } from "./gearmand.ts";
import { runSubmit, startSubmit, startWorker, type ProcessOptions, type SubmitResult } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { makeTempDir, type TempDir } from "./temp-dir.ts";
import { until } from "./until.ts";

export interface SiteOptions {
  /** Names, each a host of its own on one sshd. */
  readonly hosts: readonly string[];
  /** Default 2. */
  readonly workers?: number;
  /** Places of each worker; default 20. */
  readonly concurrency?: number;
  readonly workerArgs?: readonly string[];
  readonly workerEnv?: Readonly<Record<string, string>>;
  readonly gearmand?: GearmandOptions;
}

/** A whole set-up of real parts: gearmand, rr-workers, and one sshd that is many hosts. */
export class Site {
  readonly gearmand: Gearmand;
  readonly sshd: Sshd;
  readonly workers: ChildProgram[];
  readonly #temp: TempDir;
  /** Of the commands of all workers; every user may make a folder of their own in it. */
  readonly #records: TempDir;
  readonly #options: SiteOptions;

  private constructor(gearmand: Gearmand, sshd: Sshd, options: SiteOptions) {
    this.gearmand = gearmand;
    this.sshd = sshd;
    this.workers = [];
    this.#options = options;
    this.#temp = makeTempDir("site");
    this.#records = makeTempDir("records");
    chmodSync(this.#records.path, 0o1777);
  }

  static async start(options: SiteOptions): Promise<Site> {
    const gearmand = await startGearmand(options.gearmand);
    const sshd = await startSshd({ hosts: options.hosts, config: "MaxStartups 1000\nMaxSessions 100" });
    const site = new Site(gearmand, sshd, options);
    for (let count = 0; count < (options.workers ?? 2); count += 1) site.addWorker();
    await site.allWorkersUp();
    return site;
  }

  addWorker(args: readonly string[] = []): ChildProgram {
    const worker = startWorker(
      [
        ...["--servers", this.gearmand.server],
        ...["--concurrency", String(this.#options.concurrency ?? 20)],
        ...["--ssh-config", this.sshd.sshConfigFile],
        ...without(this.#options.workerArgs ?? [], args),
        ...args,
      ],
      // In the environment, so that a test can name another one among its arguments.
      { env: { RR_RECORD_DIR: join(this.#records.path, "%u"), ...this.#options.workerEnv } },
    );
    this.workers.push(worker);
    return worker;
  }

  /** For a site of several tests: as many workers as at the start, also where some have ended. */
  async replaceEnded(): Promise<void> {
    this.workers.splice(0, this.workers.length, ...this.workers.filter((worker) => worker.running));
    while (this.workers.length < (this.#options.workers ?? 2)) this.addWorker();
    await this.allWorkersUp();
  }

  async allWorkersUp(): Promise<void> {
    const running = this.workers.filter((worker) => worker.running).length;
    await until(
      `${running} workers to register`,
      async () => (await this.gearmand.status("rr-run")).workers === running,
      {
        lastSeen: () => this.workers.map((worker) => worker.output()).join("\n"),
      },
    );
  }

  /** The id of the worker that was started with this `--id`. */
  async workerId(name: string): Promise<string> {
    return this.gearmand.workerId(name);
  }

  /** Writes a flow and returns its path. */
  flow(flow: object, name = "flow.json"): string {
    const path = join(this.#temp.path, name);
    // A hundred logins at once on a busy machine can take more than the default 15 s.
    const patient = {
      ...flow,
      defaults: { connectTimeout: "60s", ...(flow as { defaults?: object }).defaults },
    };
    writeFileSync(path, JSON.stringify(patient, undefined, 2));
    return path;
  }

  async submit(flow: object, args: readonly string[] = [], options?: ProcessOptions): Promise<SubmitResult> {
    return runSubmit([this.flow(flow), ...args], this.#found(options));
  }

  startSubmit(flow: object, args: readonly string[] = [], options?: ProcessOptions): ChildProgram {
    return startSubmit([this.flow(flow), ...args], this.#found(options));
  }

  /** The job server is named in the environment, so that a test can name another one among its arguments. */
  #found(options?: ProcessOptions): ProcessOptions {
    return { ...options, env: { RR_SERVERS: this.gearmand.server, ...options?.env } };
  }

  /** Runs a flow and gives its run events. */
  async run(flow: object, args: readonly string[] = []): Promise<SiteRun> {
    const result = await this.submit(flow, ["--output", "ndjson", ...args]);
    return { ...result, events: eventsOf(result.stdout) };
  }

  /** Lines that the hosts' commands appended to a file of this name, of all hosts together. */
  lines(file: string): string[] {
    return hostLines(this.sshd, file);
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await this.gearmand.stop();
    await this.sshd.stop();
    this.#temp.remove();
    this.#records.remove();
  }
}

/** Lines that commands appended to a file of this name in the folders of their hosts (`ownFolder`), of all together. */
export function hostLines({ workDir }: Pick<Sshd, "workDir">, file: string): string[] {
  return readdirSync(workDir).flatMap((host) => {
    try {
      return readFileSync(join(workDir, host, file), "utf8")
        .split("\n")
        .filter(Boolean);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  });
}

/** Options with their values, less those that `own` gives: none may be given twice. */
function without(args: readonly string[], own: readonly string[]): string[] {
  const isOwn = (arg = ""): boolean => arg.startsWith("--") && own.includes(arg);
  return args.filter((arg, index) => !isOwn(arg) && !isOwn(args[index - 1]));
}

export interface SiteRun extends SubmitResult {
  readonly events: readonly RunEvent[];
}

export function eventsOf(ndjson: string): RunEvent[] {
  return ndjson
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RunEvent);
}

/** The final outcome of each task, as `job host`. */
export function outcomes(events: readonly RunEvent[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const event of events) {
    if (event.type !== "task.ended" || !event.final) continue;
    const key = `${event.job} ${event.host}`;
    if (found.has(key)) throw new Error(`${key} ended twice`);
    found.set(key, event.outcome);
  }
  return found;
}

/** `prefix1` … `prefixN`. */
export function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
