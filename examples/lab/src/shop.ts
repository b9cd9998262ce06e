import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "./lab.ts";
import { REPOSITORY } from "./rr-submit.ts";

const PROGRAMS = join(REPOSITORY, "examples/shop");
const BALANCER = "lb1";
/** What the shop's hosts have as commands, for `startLab`. */
export const SHOP_COMMANDS = { lbctl: join(PROGRAMS, "lbctl.js"), shop: join(PROGRAMS, "shop.js") };

/** Of a web host: what was ever installed there, a line each (examples/shop/versions.js). */
const VERSIONS = "versions";
const LISTENS_WITHIN_MS = 60_000;
/** A server that cannot run is not started without pause. */
const RESTARTS_AFTER_MS = 50;

/** The servers of the shop on a lab's hosts: a load balancer on lb1, a web server on each of the others. */
export class Shop {
  /** The pages, through the load balancer. */
  url = "";
  readonly #homes: ReadonlyMap<string, string>;
  readonly #running = new Set<ChildProcess>();
  readonly #killAll = (): void => {
    for (const child of this.#running) child.kill("SIGKILL");
  };
  #stopping = false;

  private constructor(homes: ReadonlyMap<string, string>) {
    this.#homes = homes;
    // Before the lab removes their folders.
    process.prependOnceListener("exit", this.#killAll);
  }

  /** `version`: what the web hosts have installed; else the first one. */
  static async start(lab: Lab, version?: string): Promise<Shop> {
    const folders = new Map(lab.hosts.map(({ name, home }) => [name, home]));
    const balancer = folders.get(BALANCER);
    if (balancer === undefined) throw new Error(`the lab has no host ${BALANCER}`);
    folders.delete(BALANCER);
    const shop = new Shop(folders);
    try {
      const said = linesOf(shop.#run("balancer.js", [...folders.keys()], balancer));
      shop.url = await nextLine(said);
      for (const home of folders.values()) {
        if (version !== undefined) writeFileSync(join(home, VERSIONS), `${version}\n`);
        shop.#keepRunning("web.js", home);
      }
      await allListen([...folders.values()]);
    } catch (error) {
      await shop.stop();
      throw error;
    }
    return shop;
  }

  /** Has clients ask for pages all the while that something is done; gives what was done, and what the clients say. */
  async askWhile<Done>(act: () => Promise<Done>): Promise<{ readonly done: Done; readonly said: string }> {
    const clients = this.#run("traffic.js", [this.url]);
    const lines = linesOf(clients);
    let said = "";
    lines.on("line", (line) => (said = line));
    const closed = once(lines, "close");
    await nextLine(lines);
    const done = await act();
    clients.kill("SIGTERM");
    await closed;
    return { done, said };
  }

  /** What each web host had installed, one version after the other, with the hosts that had the same. */
  versions(): ReadonlyMap<string, readonly string[]> {
    const hosts = new Map<string, string[]>();
    for (const [name, home] of this.#homes) {
      const versions = readFileSync(join(home, VERSIONS), "utf8").trim().split("\n").join(", ");
      hosts.set(versions, [...(hosts.get(versions) ?? []), name]);
    }
    return hosts;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const ends = Array.from(this.#running, (child) => once(child, "exit"));
    this.#killAll();
    await Promise.all(ends);
    process.off("exit", this.#killAll);
  }

  /** As a service manager does: what has ended is started again. */
  #keepRunning(program: string, cwd: string): void {
    if (this.#stopping) return;
    this.#run(program, [], cwd).once("exit", () => {
      if (!this.#stopping) setTimeout(() => this.#keepRunning(program, cwd), RESTARTS_AFTER_MS);
    });
  }

  /** A session of its own: a Ctrl-C that lets rr-submit finish does not hit it. It ends with this process. */
  #run(program: string, args: readonly string[], cwd?: string): ChildProcess {
    const child = fork(join(PROGRAMS, program), args, {
      ...(cwd === undefined ? {} : { cwd }),
      detached: true,
      execArgv: [],
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    this.#running.add(child);
    child.once("exit", () => this.#running.delete(child));
    return child;
  }
}

function linesOf(child: ChildProcess): Interface {
  if (child.stdout === null) throw new Error("its standard output is no pipe");
  return createInterface({ input: child.stdout });
}

async function nextLine(lines: Interface): Promise<string> {
  const ended = once(lines, "close").then(() => {
    throw new Error("a program of the shop ended before it said anything");
  });
  const [line] = (await Promise.race([once(lines, "line"), ended])) as [string];
  return line;
}

async function allListen(homes: readonly string[]): Promise<void> {
  const end = performance.now() + LISTENS_WITHIN_MS;
  while (!homes.every((home) => existsSync(join(home, "shop.sock")))) {
    if (performance.now() > end) throw new Error("the shop's web servers do not start");
    await sleep(20);
  }
}
