import { generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  gateId,
  namesOf,
  taskId,
  uniqueOf,
  type GateQuestion,
  type Result,
  type WorkloadTask,
  type WrittenWorkload,
} from "@roadrunner/core";
import { GearmanClient } from "@roadrunner/core/gearman";
import {
  keyOf,
  operatorKey,
  parsePoolKeys,
  PoolSeal,
  signCertificate,
  signMessage,
  type MessageKind,
  type SignedText,
} from "@roadrunner/core/signing";
import type { Gearmand } from "../support/gearmand.ts";
import { until } from "../support/until.ts";

export type Answer = Readonly<Record<string, unknown>>;

const RUN = "20261124-091612-abcdefgh";

interface RunKey {
  readonly key: KeyObject;
  readonly certificate: SignedText;
}

/** Asks workers of gates as a run of alice does: signed, and sealed with the key of their pool. */
export class GateAsker {
  readonly #client: GearmanClient;
  readonly #seal: PoolSeal;
  readonly #by: RunKey;
  #asks = 0;

  private constructor(client: GearmanClient, seal: PoolSeal, by: RunKey) {
    this.#client = client;
    this.#seal = seal;
    this.#by = by;
  }

  /** @param folder gets the workers' `allowed_signers` and `pool.keys` */
  static async connect(gearmand: Gearmand, functionPrefix: string, folder: string): Promise<GateAsker> {
    const operator = sure(operatorKey(generateKeyPairSync("ed25519").privateKey));
    const fresh = generateKeyPairSync("ed25519");
    const poolKey = randomBytes(32).toString("base64");
    const line = `alice ssh-ed25519 ${operator.publicBlob.toString("base64")}\n`;
    writeFileSync(join(folder, "allowed_signers"), line, { mode: 0o600 });
    writeFileSync(join(folder, "pool.keys"), poolKey, { mode: 0o600 });
    const what = { run: RUN, plan: "0".repeat(64) };
    const certificate = sure(await signCertificate(operator, what, fresh.publicKey, Date.now()));
    const client = new GearmanClient({
      servers: [{ host: gearmand.address, port: gearmand.port, functionPrefix }],
    });
    client.start();
    await until("the asker to connect", () => client.state.type === "up");
    const seal = new PoolSeal(sure(parsePoolKeys(poolKey)));
    return new GateAsker(client, seal, { key: fresh.privateKey, certificate });
  }

  async question(functionName: string, what: Partial<GateQuestion>): Promise<Answer> {
    const gate = { name: "g", ...this.#task(), ask: this.#asks };
    const body = { gate, timeoutMs: 10_000, ...what };
    const answer = await this.submit(
      "gate",
      functionName,
      body,
      uniqueOf(keyOf(gateId(gate)), gate.submission),
    );
    return { ...answer, isItsOwn: answer["submission"] === gate.submission };
  }

  async workload(functionName: string, what: WrittenWorkload, gate?: string): Promise<Answer> {
    const ofGate = gate === undefined ? {} : { gate };
    const task: WorkloadTask = { ...this.#task(), attempt: this.#asks, ...ofGate };
    const unique = uniqueOf(keyOf(taskId(namesOf(task, what.host))), task.submission);
    return this.submit("task", functionName, { delivery: "repeatable", ...what, task }, unique);
  }

  /** What a worker answers, opened. */
  async submit(kind: MessageKind, functionName: string, body: object, unique: string): Promise<Answer> {
    const to = { function: functionName, unique };
    const signed = signMessage(kind, to, JSON.stringify(body), this.#by, Date.now());
    const { text, answers } = this.#seal.seal(to, signed, Date.now());
    const result = await this.#client.submit({ functionName, workload: text, unique }).result;
    if (result.kind !== "complete") throw new Error(`no answer: ${JSON.stringify(result)}`);
    return JSON.parse(sure(answers.open(result.data.toString(), true)).text) as Answer;
  }

  /** What a worker answers to a stranger, who neither signs nor seals. */
  async unsigned(functionName: string, body: object): Promise<Answer> {
    const request = { functionName, workload: JSON.stringify(body), unique: "unsigned" };
    const result = await this.#client.submit(request).result;
    if (result.kind !== "complete") throw new Error(`no answer: ${JSON.stringify(result)}`);
    return JSON.parse(result.data.toString()) as Answer;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #task() {
    this.#asks += 1;
    return { run: RUN, slot: 1, job: "j", client: "c", submission: `abcd${1000 + this.#asks}` };
  }
}

function sure<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
