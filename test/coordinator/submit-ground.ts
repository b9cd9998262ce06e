import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Terminal } from "../reporters/terminal.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { homeEnv, runSubmit, startSubmit, type SubmitResult } from "../support/processes.ts";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { CoordinatorKit } from "./kit.ts";

/** A coordinator with a site, and one operator's home on the same box. */
export class SubmitGround {
  readonly site: Site;
  readonly kit: CoordinatorKit;
  readonly env: Readonly<Record<string, string>>;

  readonly #keys: TempDir;

  private constructor(site: Site, kit: CoordinatorKit, keys: TempDir) {
    this.#keys = keys;
    this.site = site;
    this.kit = kit;
    this.env = { RR_COORDINATOR: this.address };
  }

  static async start(hosts: number): Promise<SubmitGround> {
    const temp = makeTempDir("pool-keys");
    const sealed = ["--pool-key-file", join(temp.path, "pool.keys")];
    writeFileSync(join(temp.path, "pool.keys"), `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
    const site = await Site.start({
      ...{ hosts: names("h", hosts), workers: 1, concurrency: 20, workerArgs: sealed },
    });
    const kit = await CoordinatorKit.start(["--servers", site.gearmand.server, ...sealed]);
    return new SubmitGround(site, kit, temp);
  }

  get address(): string {
    return `unix:${this.kit.socket}`;
  }

  get home(): string {
    return join(this.kit.home.path, "operator");
  }

  /** What whoever carries a run on this box must know of the workers. */
  get sealed(): readonly string[] {
    return ["--pool-key-file", join(this.#keys.path, "pool.keys")];
  }

  /** A flow of one job on all these hosts; each leaves a line in the file of the flow's name. */
  flow(name: string, command: string, fields: object = {}, hosts = "h[1-3]"): string {
    const job = { name: "work", hosts, command: `${ownFolder}; echo x >> $d/${name}; ${command}`, ...fields };
    return this.site.flow({ name, slots: [{ jobs: [job] }] }, `${name}.json`);
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<SubmitResult> {
    return runSubmit(args, { home: this.home, env: { ...this.env, ...env } });
  }

  begin(args: readonly string[]): ChildProgram {
    return startSubmit(args, { home: this.home, env: this.env });
  }

  onTerminal(args: readonly string[]): Terminal {
    return new Terminal(args, { columns: 120, rows: 30, env: { ...homeEnv(this.home), ...this.env } });
  }

  async stop(): Promise<void> {
    await this.kit.stop();
    await this.site.stop();
    this.#keys.remove();
  }
}
