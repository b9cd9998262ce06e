import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bareEnv, startChild, type ChildProgram } from "../../support/child-program.ts";
import { homeEnv } from "../../support/processes.ts";
import { FaultProxy } from "../../faults/fault-proxy.ts";
import { askApi } from "../carried/api-client.ts";
import { StoreProxy } from "./store-proxy.ts";

export interface CoordinatorOptions {
  /** A folder of its own. */
  readonly dir: string;
  /** Path of rr-coordinator's program. */
  readonly program: string;
  readonly servers: string;
  readonly store: { readonly port: number };
  /** The store's URL, by way of that port. */
  readonly url: (port: number) => string;
  /** More of its options. */
  readonly args: readonly string[];
}

/** After what was done to it a coordinator is as it was before: it has started, and has its connections again. */
const SETTLED_MS = 6000;

/** One of the coordinators that share a store, with a proxy or two on its way there; it is started again and again. */
export class Coordinator {
  readonly socket: string;
  /** What cuts and stalls its way to the store. */
  readonly link: FaultProxy;
  /** Behind it: what makes it slow, and sees appends. */
  readonly store: StoreProxy;
  readonly #options: CoordinatorOptions;
  readonly #everyProcess: ChildProgram[] = [];
  #process: ChildProgram | undefined;
  #troubles = 0;
  #soundSinceMs = performance.now();

  private constructor(options: CoordinatorOptions, store: StoreProxy, link: FaultProxy) {
    this.#options = options;
    this.store = store;
    this.link = link;
    this.socket = join(options.dir, "own", "api.sock");
  }

  static async start(options: CoordinatorOptions): Promise<Coordinator> {
    mkdirSync(options.dir);
    mkdirSync(join(options.dir, "own"), { mode: 0o700 });
    const store = await StoreProxy.start(options.store);
    const coordinator = new Coordinator(options, store, await FaultProxy.start(store.port));
    coordinator.run();
    return coordinator;
  }

  run(): void {
    const { dir, program, servers, url, args: more } = this.#options;
    const args = [
      ...["--servers", servers],
      ...["--listen", `unix:${this.socket}`, "--log-format", "json"],
      ...more,
    ];
    this.#process = startChild(process.execPath, [program, ...args], {
      env: { ...bareEnv, ...homeEnv(join(dir, "home")), RR_STORE: url(this.link.port) },
    });
    this.#everyProcess.push(this.#process);
  }

  /** It answers. */
  async isUp(): Promise<boolean> {
    return (await askApi(this.socket, "GET", "/health"))?.status === 200;
  }

  /** Whether nothing is done to it, nor was a moment ago: what nobody carries it must take over in time. */
  get isSound(): boolean {
    return (
      this.#troubles === 0 &&
      this.#process?.running === true &&
      performance.now() - this.#soundSinceMs > SETTLED_MS
    );
  }

  /** It is not sound while this goes on. */
  async troubled(what: () => Promise<void>): Promise<void> {
    this.#troubles += 1;
    await what().finally(() => {
      this.#troubles -= 1;
      this.#soundSinceMs = performance.now();
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.signal(name);
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** As an operator does. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  log(): string {
    return this.#everyProcess.map((one) => one.output()).join("\n----\n");
  }

  /** How its processes ended that were not told to. */
  ends(): readonly string[] {
    return this.#everyProcess.filter((one) => !one.running).map((one) => one.output().slice(-400));
  }

  async close(): Promise<void> {
    await this.kill();
    await this.link.close();
    await this.store.close();
  }
}
