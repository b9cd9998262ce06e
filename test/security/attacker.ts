import { GearmanClient } from "@roadrunner/core/gearman";
import { expect } from "vitest";
import { startChild } from "../support/child-program.ts";
import type { Gearmand } from "../support/gearmand.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";

/** Whoever reaches the job server: a plain Gearman client, and Debian's gearman tool. */
export class Attacker {
  readonly #gearmand: Gearmand;
  readonly #client: GearmanClient;
  #count = 0;

  private constructor(gearmand: Gearmand) {
    this.#gearmand = gearmand;
    this.#client = new GearmanClient({
      servers: [{ host: gearmand.address, port: gearmand.port }],
      maxInFlight: 10_000,
    });
  }

  static async connect(gearmand: Gearmand): Promise<Attacker> {
    const attacker = new Attacker(gearmand);
    attacker.#client.start();
    await until("the attacker to connect", () => attacker.#client.state.type === "up");
    return attacker;
  }

  /** What a worker answers. */
  async submit(functionName: string, workload: string | Buffer, unique?: string): Promise<Answer> {
    this.#count += 1;
    const request = { functionName, workload, unique: unique ?? `attack-${this.#count}` };
    const result = await this.#client.submit(request).result;
    if (result.kind !== "complete") throw new Error(`no answer: ${JSON.stringify(result)}`);
    return JSON.parse(result.data.toString()) as Answer;
  }

  get isUp(): boolean {
    return this.#client.state.type === "up";
  }

  /** As `gearman -f FUNCTION WORKLOAD` prints it. */
  async byHand(functionName: string, workload: string): Promise<Answer> {
    const { address, port } = this.#gearmand;
    const args = ["-h", address, "-p", String(port), "-f", functionName, workload];
    const child = startChild(findProgram("gearman"), args);
    await child.exited;
    return JSON.parse(child.stdout()) as Answer;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

export type Answer = Readonly<Record<string, unknown>>;

/** The answer of a worker that takes what was submitted for an attack. */
export const refused = (why: RegExp) =>
  expect.objectContaining({
    outcome: "refused",
    blame: "submission",
    reason: expect.stringMatching(why) as string,
  }) as object;
