import type { GateAnswer, GatePlan } from "@roadrunner/core";
import {
  GearmanClient,
  GearmanWorker,
  Places,
  startEmbeddedServer,
  type GrabbedJob,
} from "@roadrunner/core/gearman";
import type { PoolSeal } from "@roadrunner/core/signing";
import { job, plan, slot } from "../../../../test/support/plans.ts";
import { until } from "../../../../test/support/until.ts";
import { GateAsks } from "../../src/gates/gate-asks.ts";
import { Wrapping } from "../../src/protect/wrapping.ts";

/** What a gate's worker does with an ask. */
export type Handler = (job: GrabbedJob) => Promise<string>;

export interface Answered {
  readonly ask: number;
  readonly answer: GateAnswer;
}

/** A job server, a worker that answers as it is told, and what the asks of a run come to. */
export interface Asking {
  readonly asks: GateAsks;
  readonly gearman: GearmanClient;
  readonly answers: Answered[];
  readonly warnings: string[];
  /** Asks and gives the answer. */
  readonly ask: (gate?: number) => Promise<GateAnswer>;
  close(): Promise<void>;
}

export const gate = (fields: Partial<GatePlan> = {}): GatePlan => ({
  name: "site",
  everyMs: 30_000,
  failures: 2,
  timeoutMs: 5000,
  ...(fields.prometheus === undefined && fields.check === undefined
    ? { http: { url: "http://site/health", status: 200 } }
    : {}),
  ...fields,
});

export const ref = (index = 0) => ({ phase: "slots", slot: 0, job: 0, gate: index }) as const;

export async function startAsking(
  gates: readonly GatePlan[],
  handler: Handler | undefined,
  more: { readonly seal?: PoolSeal; readonly function?: string } = {},
): Promise<Asking> {
  const started = await startEmbeddedServer();
  if (!started.ok) throw new Error(started.error);
  const server = started.value;
  const { address } = server;
  const worker =
    handler === undefined
      ? undefined
      : new GearmanWorker({
          servers: [address],
          clientId: "gates",
          functions: [{ name: more.function ?? "rr-gate", handler }],
          places: new Places(2),
          onHandlerError: (_, error) => String(error),
        });
  worker?.start();
  const gearman = new GearmanClient({ servers: [address] });
  gearman.start();
  await until("the client to be connected", () => gearman.state.type === "up");
  const answers: Answered[] = [];
  const warnings: string[] = [];
  const asks = new GateAsks({
    plan: plan([slot(job({ name: "upgrade", hosts: 1, gates }))]),
    run: "r1",
    client: "c1",
    gearman,
    wrapping: new Wrapping(undefined, more.seal),
    onAnswer: (_, ask, answer) => void answers.push({ ask, answer }),
    onWarning: (text) => void warnings.push(text),
  });
  let count = 0;
  return {
    asks,
    gearman,
    answers,
    warnings,
    ask: async (index = 0) => {
      count += 1;
      const number = count;
      asks.ask(ref(index), number);
      const found = () => answers.find((one) => one.ask === number);
      await until("the answer", () => found() !== undefined);
      return found()?.answer as GateAnswer;
    },
    close: async () => {
      asks.stop();
      await gearman.close();
      await worker?.close();
      await server.close();
    },
  };
}

/** The words of a question, unsealed. */
export const questionIn = (one: GrabbedJob): { gate: { submission: string } } =>
  JSON.parse(one.workload.toString("utf8")) as never;

/** What a worker says of a question that it has read. */
export const finding = (one: GrabbedJob, reading: object, fields: object = {}): string =>
  JSON.stringify({ v: 1, worker: "w1", submission: questionIn(one).gate.submission, reading, ...fields });
