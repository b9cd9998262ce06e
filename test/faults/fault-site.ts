import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChildProgram } from "../support/child-program.ts";
import type { GearmanProxy } from "../support/gearman-proxy.ts";
import type { Gearmand } from "../support/gearmand.ts";
import { startWorker } from "../support/processes.ts";
import { findDescendants, findProcessesWith } from "../support/processes-of.ts";
import type { TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import type { Container } from "./container.ts";
import { recordDirIn, startParts, tamperingFor, type FaultSiteOptions, type Parts } from "./fault-parts.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import { faultLine, parseHostLog, type HostFault, type HostLine } from "./host-log.ts";
import { Operator } from "./signed/operator.ts";
import type { Fault, LinkName } from "./schedule.ts";
import type { SitePage } from "./site-page.ts";

/** A second Ctrl-C counts as one after a second. */
const SECOND_PRESS_MS = 1200;

/** Real parts with a proxy on each link between them, and what can be done to them. */
export class FaultSite {
  readonly dir: string;
  /** Where the hosts' own files lie. */
  readonly hostDir: string;
  /** Of the page that gates ask about. */
  readonly pageUrl: string;
  readonly #options: FaultSiteOptions;
  readonly #temp: TempDir;
  readonly #gearmand: Gearmand;
  readonly #links: ReadonlyMap<LinkName, FaultProxy>;
  /** Behind the links to gearmand: what is done there is done to packets. */
  readonly #servers: ReadonlyMap<LinkName, GearmanProxy>;
  readonly #containers: readonly Container[];
  readonly #page: SitePage;
  readonly #operator: Operator | undefined;
  readonly #workers: ChildProgram[] = [];
  /** All that ever were, for what they said. */
  readonly #everyWorker: ChildProgram[] = [];
  /** Parts that a fault is being done to: a second one at once would only undo the first. */
  readonly #busy = new Set<string>();
  readonly #healing = new Set<Promise<void>>();
  readonly #mendNow = new AbortController();
  /** The rr-submit that carries the run now. */
  submit: ChildProgram | undefined;

  private constructor(options: FaultSiteOptions, parts: Parts) {
    this.#options = options;
    this.#temp = parts.temp;
    this.#gearmand = parts.gearmand;
    this.#links = parts.links;
    this.#servers = parts.servers;
    this.#containers = parts.containers;
    this.#page = parts.page;
    this.#operator = options.signed ? new Operator() : undefined;
    this.pageUrl = parts.page.url;
    this.dir = parts.temp.path;
    this.hostDir = join(this.dir, "hosts");
  }

  static async start(options: FaultSiteOptions): Promise<FaultSite> {
    const site = new FaultSite(options, await startParts(options));
    mkdirSync(site.hostDir);
    for (let index = 0; index < options.workers; index += 1) site.#startWorker(index);
    await until(
      `${options.workers} workers to register`,
      async () => (await site.#gearmand.status("rr-run")).workers === options.workers,
      { withinMs: 60_000, lastSeen: () => site.workerLog() },
    );
    return site;
  }

  /** As `--servers` of rr-submit takes it. */
  get submitServer(): string {
    return `127.0.0.1:${this.#link("submit").port}`;
  }

  /** How rr-submit signs, where workers want that. */
  get signArgs(): readonly string[] {
    return this.#operator?.submitArgs ?? [];
  }

  /** What workers refused that they were to take. */
  wrongRefusals(): readonly string[] {
    return this.#operator?.wrongRefusals() ?? [];
  }

  /** Does a fault and mends it when its time is over; a part that a fault is on already is left to that. */
  apply(fault: Fault): void {
    const part = partOf(fault);
    if (this.#busy.has(part)) return;
    this.#busy.add(part);
    const healed = this.#do(fault).finally(() => {
      this.#busy.delete(part);
      this.#healing.delete(healed);
    });
    this.#healing.add(healed);
  }

  /** Everything is whole again, each part when its time is over. */
  async healed(): Promise<void> {
    await Promise.all(this.#healing);
  }

  /** Makes everything whole at once; no fault is to follow. */
  async mend(): Promise<void> {
    this.#mendNow.abort();
    await this.healed();
  }

  /** What the hosts wrote, by host. */
  logs(): ReadonlyMap<string, readonly HostLine[]> {
    return new Map(
      readdirSync(this.hostDir).map((host) => [
        host,
        parseHostLog(readFileSync(join(this.hostDir, host), "utf8")),
      ]),
    );
  }

  workerLog(): string {
    return this.#everyWorker.map((worker) => worker.output()).join("\n----\n");
  }

  /** Ends the workers, and then waits for everything that sessions still run; returns what did not go. */
  async leave(withinMs: number): Promise<readonly string[]> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
    const running = () => this.#options.sshd.running().map((process) => process.commandLine.slice(0, 120));
    await until("what the hosts run to end", () => running().length === 0, { withinMs }).catch(() => {});
    return running();
  }

  async stop(): Promise<void> {
    await this.mend();
    await Promise.all(this.#workers.map((worker) => worker.kill()));
    await this.submit?.kill();
    await this.#gearmand.stop();
    const servers = [this.#page, ...this.#links.values(), ...this.#servers.values()];
    await Promise.all(servers.map((server) => server.close()));
    await Promise.all(this.#containers.map((container) => container.kill()));
    this.#operator?.remove();
    this.#temp.remove();
  }

  async #do(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case "killWorker":
        await this.#workers[fault.worker]?.kill();
        await this.#pass(fault.forMs);
        this.#startWorker(fault.worker);
        return;
      case "replaceWorker": {
        const leaving = this.#workers[fault.worker];
        this.#startWorker(fault.worker);
        leaving?.signal("SIGTERM");
        await leaving?.exited;
        return;
      }
      case "pauseWorker":
        await this.#pause(this.#workers[fault.worker], fault.forMs);
        return;
      case "killServer":
        await this.#gearmand.kill();
        await this.#pass(fault.forMs);
        await this.#gearmand.restart();
        return;
      case "pauseServer":
        this.#gearmand.pause();
        await this.#pass(fault.forMs);
        this.#gearmand.continue();
        return;
      case "killSubmit":
        await this.submit?.kill();
        return;
      case "stopSubmit":
        await this.#stopSubmit(fault.twice);
        return;
      case "pauseSubmit":
        await this.#pause(this.submit, fault.forMs);
        return;
      case "killSessions":
        this.#killSessions(fault.each);
        return;
      case "crashHost":
        this.#crash(this.#options.hosts[fault.host] ?? "");
        return;
      case "renewHost":
        await this.#renew(fault.container);
        return;
      case "forgetRecords":
        this.#containers[fault.container]?.forget();
        this.#note(this.#options.hosts[fault.container] ?? "", "forget");
        return;
      case "tamper":
        this.#servers.get(fault.link)?.tamper(tamperingFor(fault.how, fault.every));
        await this.#pass(fault.forMs);
        this.#servers.get(fault.link)?.tamper();
        return;
      case "failSite":
        this.#page.fault = fault.how;
        await this.#pass(fault.forMs);
        this.#page.fault = undefined;
        return;
      case "cutLink":
        this.#link(fault.link).cut();
        return;
      case "stallLink":
        this.#link(fault.link).stall();
        await this.#pass(fault.forMs);
        this.#link(fault.link).resume();
    }
  }

  async #stopSubmit(twice: boolean): Promise<void> {
    const { submit } = this;
    submit?.signal("SIGINT");
    if (!twice) return;
    await this.#pass(SECOND_PRESS_MS);
    // Never one that has resumed the run meanwhile.
    if (submit?.running === true) submit.signal("SIGINT");
  }

  async #pass(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#mendNow.signal }).catch(() => {});
  }

  async #pause(program: ChildProgram | undefined, ms: number): Promise<void> {
    program?.signal("SIGSTOP");
    await this.#pass(ms);
    program?.signal("SIGCONT");
  }

  #link(name: LinkName): FaultProxy {
    const link = this.#links.get(name);
    if (link === undefined) throw new Error(`there is no link ${name}`);
    return link;
  }

  #startWorker(index: number): void {
    const worker = startWorker([
      ...["--servers", `127.0.0.1:${this.#link(`worker${index}`).port}`],
      ...["--concurrency", String(this.#options.concurrency)],
      ...["--ssh-config", join(this.dir, "ssh_config")],
      ...["--record-dir", recordDirIn(this.dir)],
      ...["--gate-urls", this.#page.url],
      ...["--log-format", "json"],
      ...(this.#operator?.workerArgs(index) ?? []),
    ]);
    this.#workers[index] = worker;
    this.#everyWorker.push(worker);
  }

  /** Processes of sshd that hold a connection: its children. What they started is not theirs to end. */
  #killSessions(each: number): void {
    const listener = Number(readFileSync(join(this.#options.sshd.dir, "sshd.pid"), "utf8"));
    const family = findDescendants(listener).filter((process) => process.commandLine.startsWith("sshd"));
    family.filter((_, index) => index % each === 0).forEach(({ pid }) => signal(pid, "SIGKILL"));
  }

  /** Its file is written when nothing of the old one can write to it any more. */
  async #renew(index: number): Promise<void> {
    const container = this.#containers[index];
    await container?.kill();
    this.#note(this.#options.hosts[index] ?? "", "renew");
    await container?.renew();
  }

  /** Stopped first, all of them, so that nobody sees another one's end, and the file is written meanwhile. */
  #crash(host: string): void {
    const address = this.#options.sshd.address(host);
    const found = new Set<number>();
    for (let before = -1; found.size > before;) {
      before = found.size;
      for (const { pid } of findProcessesWith("RR_TEST_SSHD", this.#options.sshd.dir)) {
        if (found.has(pid) || !environment(pid).includes(` ${address} `)) continue;
        signal(pid, "SIGSTOP");
        found.add(pid);
      }
    }
    if (found.size === 0) return;
    this.#note(host, "crash");
    for (const pid of found) signal(pid, "SIGKILL");
  }

  #note(host: string, kind: HostFault): void {
    const upS = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
    appendFileSync(join(this.hostDir, host), faultLine(kind, upS));
  }
}

function partOf(fault: Fault): string {
  if ("worker" in fault) return `worker${fault.worker}`;
  if (fault.kind === "tamper") return `server of ${fault.link}`;
  if ("link" in fault) return `link ${fault.link}`;
  if ("container" in fault) return `container ${fault.container}`;
  return fault.kind.replace(/^(kill|pause|stop)/, "");
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}

function environment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
