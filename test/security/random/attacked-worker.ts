import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GearmanClient } from "@roadrunner/core/gearman";
import type { ChildProgram } from "../../support/child-program.ts";
import { startGearmand, type Gearmand } from "../../support/gearmand.ts";
import { startWorker } from "../../support/processes.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";

/** Tasks of it at once. */
export const AT_ONCE = 20;
const FUNCTION = "rr-run";

/** A real rr-worker on a real job server, and one who submits to it whatever he likes. */
export class AttackedWorker {
  readonly dir: string;
  readonly worker: ChildProgram;
  readonly #gearmand: Gearmand;
  readonly #client: GearmanClient;
  readonly #temp: TempDir;

  private constructor(gearmand: Gearmand, client: GearmanClient, worker: ChildProgram, temp: TempDir) {
    this.#gearmand = gearmand;
    this.#client = client;
    this.worker = worker;
    this.#temp = temp;
    this.dir = temp.path;
  }

  /** `args`: rr-worker's; the second names a folder for files of theirs. */
  static async start(args: (dir: string) => readonly string[]): Promise<AttackedWorker> {
    const gearmand = await startGearmand();
    const temp = makeTempDir("attacked");
    const servers = [{ host: gearmand.address, port: gearmand.port }];
    const client = new GearmanClient({ servers, maxInFlight: 1000 });
    client.start();
    const own = ["--servers", gearmand.server, "--concurrency", String(AT_ONCE)];
    const worker = startWorker([...own, ...args(temp.path)]);
    const served = async () => (await gearmand.status(FUNCTION)).workers > 0;
    await until("the worker", served, { withinMs: 60_000, lastSeen: () => worker.output() });
    await until("the client", () => client.state.type === "up");
    return new AttackedWorker(gearmand, client, worker, temp);
  }

  async answerTo(workload: string, unique: string): Promise<string> {
    const result = await this.#client.submit({ functionName: FUNCTION, workload, unique }).result;
    if (result.kind !== "complete") throw new Error(`no answer: ${JSON.stringify(result)}`);
    return result.data.toString("utf8");
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.#client.close();
    await this.#gearmand.stop();
    this.#temp.remove();
  }
}

/** A private file in a folder; gives its path. */
export function privateFile(dir: string, name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
