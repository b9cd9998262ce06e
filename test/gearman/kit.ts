import { readdirSync, readFileSync } from "node:fs";
import { expect, onTestFinished } from "vitest";
import {
  GearmanClient,
  GearmanWorker,
  Places,
  startEmbeddedServer,
  type AdapterLog,
  type EmbeddedServer,
  type GearmanClientOptions,
  type GearmanWorkerOptions,
  type GrabbedJob,
  type JobResult,
  type ServerAddress,
  type Submission,
  type SubmissionRequest,
} from "@roadrunner/core/gearman";
import { startGearmand, type Gearmand, type GearmandOptions } from "../support/gearmand.ts";
import { until } from "../support/until.ts";

export type RunningGearmand = Gearmand & { readonly asServer: ServerAddress };

/** A real gearmand that ends with the test. */
export async function gearmandForTest(options?: GearmandOptions): Promise<RunningGearmand> {
  const gearmand = await startGearmand(options);
  onTestFinished(async () => {
    gearmand.continue();
    await gearmand.stop();
  });
  return Object.assign(gearmand, { asServer: { host: gearmand.address, port: gearmand.port } });
}

/** An embedded server that ends with the test. */
export async function embeddedForTest(): Promise<EmbeddedServer> {
  const started = await startEmbeddedServer();
  if (!started.ok) throw new Error(started.error);
  onTestFinished(() => started.value.close());
  return started.value;
}

/** SIGSTOP, and waits until it works: a thread that runs on another processor goes on for a moment. */
export async function hang(gearmand: Gearmand): Promise<void> {
  gearmand.pause();
  const tasks = `/proc/${gearmand.pid}/task`;
  const state = (task: string) => /\) (\w) /.exec(readFileSync(`${tasks}/${task}/stat`, "utf8"))?.[1];
  await until("all threads of gearmand to be stopped", () =>
    readdirSync(tasks).every((task) => state(task) === "T"),
  );
}

/** Notices a dead server soon; still far above what a busy machine needs to answer. */
export const quickPings = { pingIntervalMs: 200, pongTimeoutMs: 2_000 };

export interface Heard {
  readonly log: AdapterLog;
  readonly lines: string[];
}

export function hearLog(): Heard {
  const lines: string[] = [];
  const hear = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return {
    lines,
    log: { debug: hear("debug"), info: hear("info"), warn: hear("warn"), error: hear("error") },
  };
}

/** Started, and closed at the end of the test. */
export function startClient(
  servers: readonly ServerAddress[],
  options: Partial<GearmanClientOptions> = {},
): GearmanClient {
  const client = new GearmanClient({ servers, ...options });
  onTestFinished(() => client.close());
  client.start();
  return client;
}

export async function connectedClient(
  servers: readonly ServerAddress[],
  options: Partial<GearmanClientOptions> = {},
): Promise<GearmanClient> {
  const client = startClient(servers, options);
  await untilUp(client);
  return client;
}

export async function untilUp(client: GearmanClient): Promise<void> {
  await until("the client to be up", () => client.state.type === "up", { lastSeen: () => client.state });
}

export type Handler = (job: GrabbedJob) => Promise<Buffer | string | JobResult>;

/**
 * Started, and closed at the end of the test, which fails where a handler failed or a result was undeliverable that
 * the test did not provide for. By default with one place.
 */
export function startWorker(
  servers: readonly ServerAddress[],
  functions: Readonly<Record<string, Handler>>,
  options: Partial<GearmanWorkerOptions> = {},
): GearmanWorker {
  const oddities: string[] = [];
  const worker = new GearmanWorker({
    servers,
    clientId: "test-worker",
    functions: Object.entries(functions).map(([name, handler]) => ({ name, handler })),
    places: new Places(1),
    onHandlerError: (_, error) => {
      oddities.push(`a handler failed: ${String(error)}`);
      return "a handler failed";
    },
    onUndeliverable: (_, body) => void oddities.push(`undeliverable: ${body.toString().slice(0, 80)}`),
    ...options,
  });
  onTestFinished(async () => {
    const before = [...oddities];
    await worker.close();
    expect(before).toEqual([]);
  });
  worker.start();
  return worker;
}

export async function connectedWorker(...args: Parameters<typeof startWorker>): Promise<GearmanWorker> {
  const worker = startWorker(...args);
  await untilListening(worker);
  return worker;
}

export async function untilListening(worker: GearmanWorker): Promise<void> {
  await until(
    "all links of the worker to be up",
    () => worker.links.every(({ state }) => state.type === "up"),
    {
      lastSeen: () => worker.links,
    },
  );
}

let count = 0;

/** A unique of 35 bytes, as Roadrunner's are. */
export function freshUnique(): string {
  count += 1;
  return `${process.pid}-${count}-`.padEnd(35, "u");
}

export function submit(
  client: GearmanClient,
  functionName: string,
  request: Partial<SubmissionRequest> = {},
): Submission {
  return client.submit({ functionName, unique: freshUnique(), workload: "", ...request });
}

/** A promise and how to settle it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** The text of a result that must be complete. */
export async function completeText(submission: Submission): Promise<string> {
  const result = await submission.result;
  if (result.kind !== "complete") throw new Error(`not complete: ${JSON.stringify(result)}`);
  return result.data.toString();
}
