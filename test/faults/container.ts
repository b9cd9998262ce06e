import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { basename, dirname, join } from "node:path";
import { startChild, type ChildProgram } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { findDescendants } from "../support/processes-of.ts";
import { findProgram } from "../support/programs.ts";
import type { Sshd } from "../support/sshd.ts";
import { until, within } from "../support/until.ts";

export interface ContainerOptions {
  /** Whose keys and configuration it takes. */
  readonly sshd: Sshd;
  readonly address: string;
  /** A folder of its own. */
  readonly dir: string;
  /** Where records lie; the folder above it is in here one of the container's own. */
  readonly recordDir: string;
}

/**
 * A host that is a container, as an engine makes it: an sshd that is its first process, processes that nobody else
 * sees, and records that are gone when it is made anew. The boot id stays that of the machine.
 */
export class Container {
  readonly address: string;
  readonly port: number;
  readonly #options: ContainerOptions;
  #init: ChildProgram;
  #forgotten = 0;

  private constructor(options: ContainerOptions, port: number, init: ChildProgram) {
    this.#options = options;
    this.address = options.address;
    this.port = port;
    this.#init = init;
  }

  static async start(options: ContainerOptions): Promise<Container> {
    const port = await findFreePort(options.address);
    mkdirSync(join(options.dir, "above-records"), { recursive: true });
    return new Container(options, port, await startInit(options, port));
  }

  /**
   * As when its owner runs `rm -rf` on it, or a cleaner of old files comes by: what runs goes on. All at once: a record
   * that is made between the removal of the others and that of their folder would stay.
   */
  forget(): void {
    const { dir, recordDir } = this.#options;
    const records = join(dir, "above-records", basename(recordDir));
    if (!existsSync(records)) return;
    const away = join(dir, `records-away-${(this.#forgotten += 1)}`);
    renameSync(records, away);
    rmSync(away, { recursive: true });
  }

  /** Ends all its processes: the kernel does so when the first one dies, and only then is that one gone. */
  async kill(): Promise<void> {
    const [first] = findDescendants(this.#init.pid);
    if (first !== undefined) process.kill(first.pid, "SIGKILL");
    await within("a container to end", this.#init.exited);
  }

  /** After `kill`: a new one in its place, which knows nothing of the old one. */
  async renew(): Promise<void> {
    this.forget();
    this.#init = await startInit(this.#options, this.port);
  }
}

async function startInit(
  { sshd, address, dir, recordDir }: ContainerOptions,
  port: number,
): Promise<ChildProgram> {
  const config = readFileSync(join(sshd.dir, "sshd_config"), "utf8")
    .replace(/^Port .*$/m, `Port ${port}`)
    .replace(/^ListenAddress .*$/m, `ListenAddress ${address}`)
    .replace(/^PidFile .*$/m, "PidFile none");
  writeFileSync(join(dir, "sshd_config"), config);
  const inside = [
    `mount --bind ${join(dir, "above-records")} ${dirname(recordDir)}`,
    `exec ${findProgram("sshd")} -D -e -f ${join(dir, "sshd_config")}`,
  ].join(" && ");
  const namespaces = ["--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
  const init = startChild(findProgram("unshare"), [...namespaces, "/bin/sh", "-c", inside]);
  await until("the container's sshd to greet", async () => {
    if (!init.running) throw new Error(`it ended: ${init.output()}`);
    return greets(address, port);
  });
  return init;
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.setTimeout(5000, () => socket.destroy());
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    socket.once("data", () => {
      resolve(true);
      socket.destroy();
    });
  });
}
