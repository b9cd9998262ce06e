import { createHash, randomBytes } from "node:crypto";
import { request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { loadFlow, resolvePlan, type RunEvent, type RunPlan } from "@roadrunner/core";
import { runId } from "@roadrunner/engine";
import { API, type HandOver, type Problem, type RunRow } from "@roadrunner/engine/api";
import type { ChildProgram } from "../support/child-program.ts";
import { startCoordinator } from "../support/processes.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  /** Methods that there are, where another one was tried. */
  readonly allow?: string | undefined;
  readonly json: unknown;
}

/** One rr-coordinator after another, with one store and one socket. */
export class CoordinatorKit {
  readonly home: TempDir;
  readonly socket: string;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  program: ChildProgram;

  private constructor(home: TempDir, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.home = home;
    this.socket = join(home.path, "state/roadrunner/coordinator.sock");
    this.#args = args;
    this.#env = env;
    this.program = this.#start();
  }

  /** @param env a store with a password is named there */
  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<CoordinatorKit> {
    const kit = new CoordinatorKit(makeTempDir("coordinator"), args, env);
    await kit.up();
    return kit;
  }

  #start(): ChildProgram {
    const args = [...this.#args, "--log-level", "debug"];
    return startCoordinator(args, { home: this.home.path, env: this.#env });
  }

  /** Waits until it serves. */
  async up(): Promise<void> {
    await this.program.waitFor("carrying runs");
  }

  async restart(): Promise<void> {
    this.program = this.#start();
    await this.up();
  }

  /** What its log has with this message of a run. */
  logged(message: string, run: string): readonly Readonly<Record<string, unknown>>[] {
    return this.program
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line["message"] === message && line["run"] === run);
  }

  /** Asks the API. */
  ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return askSocket(this.socket, method, `${API}${path}`, body, headers);
  }

  async handOver(plan: RunPlan, fields: Partial<HandOver> = {}): Promise<string> {
    const answer = await this.ask("POST", "/runs", handOverOf(plan, fields));
    if (answer.status !== 201) throw new Error(JSON.stringify(answer));
    return (answer.json as { run: string }).run;
  }

  async row(run: string): Promise<RunRow> {
    return (await this.ask("GET", `/runs/${run}`)).json as RunRow;
  }

  async events(run: string): Promise<readonly RunEvent[]> {
    const events: RunEvent[] = [];
    for (let from: number | undefined = 1; from !== undefined;) {
      const page = (await this.ask("GET", `/runs/${run}/events?from=${from}`)).json as {
        readonly events: readonly { readonly number: number; readonly event: RunEvent }[];
        readonly next?: number;
      };
      events.push(...page.events.map(({ event }) => event));
      from = page.next;
    }
    return events;
  }

  /** Waits until it has ended, and gives its state. */
  async ended(run: string, withinMs = 60_000): Promise<RunRow["state"]> {
    let row: RunRow | undefined;
    await until(
      `run ${run} to end`,
      async () => {
        row = await this.row(run);
        return row.state !== "running" && row.state !== "open";
      },
      { withinMs, lastSeen: () => [row, this.program.output().slice(-3000)] },
    );
    return row?.state ?? "open";
  }

  watch(run: string, headers: Record<string, string> = {}): Watching {
    return new Watching(this.socket, run, headers);
  }

  async stop(): Promise<void> {
    await this.program.stop();
    this.home.remove();
  }
}

/** Asks a coordinator on its socket. */
export function askSocket(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text =
      body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const length =
      text === undefined ? {} : { "content-type": "application/json", ...lengthOf(text, headers) };
    const asked = request({ socketPath, method, path, headers: { ...length, ...headers } }, (response) => {
      void textOf(response).then((answer) =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers["content-type"] ?? "",
          allow: response.headers.allow,
          json: answer === "" ? undefined : (JSON.parse(answer) as unknown),
        }),
      );
    });
    asked.on("error", reject);
    asked.end(text);
  });
}

function lengthOf(text: string | Buffer, headers: Record<string, string>): Record<string, number> {
  return "transfer-encoding" in headers ? {} : { "content-length": Buffer.byteLength(text) };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** A plan of a flow as it is written. */
export function planOf(flow: object): RunPlan {
  const patient = {
    ...flow,
    defaults: { connectTimeout: "60s", ...(flow as { defaults?: object }).defaults },
  };
  const loaded = loadFlow(Buffer.from(JSON.stringify(patient)), { file: "flow.json" });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const resolved = resolvePlan({ flow: loaded.value, random: Math.random });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
  return resolved.value.plan;
}

export function handOverOf(plan: RunPlan, fields: Partial<HandOver> = {}): HandOver {
  return {
    v: 1,
    run: runId(Date.now(), randomBytes(5)),
    plan,
    file: "flow.json",
    fileDigest: createHash("sha256").update(JSON.stringify(plan)).digest("hex"),
    warnings: [],
    by: { version: "1.0.0", who: "ann", where: "desk" },
    carry: {
      maxInFlight: 1000,
      priority: "normal",
      keepOutputBytes: 16 * 1024,
      waitForWorkersMs: 10_000,
      serverTimeoutMs: 60_000,
      lostTimeoutMs: 300_000,
      live: true,
    },
    concurrent: false,
    ...fields,
  };
}

/** Of an answer that says why not. */
export function problemIn({ json }: Answer): Problem {
  return json as Problem;
}

/** One who watches a run. */
export class Watching {
  readonly numbers: number[] = [];
  readonly events: RunEvent[] = [];
  readonly outputs: string[] = [];
  comments = 0;
  /** Resolves when the stream has ended. */
  readonly over: Promise<void>;
  readonly #asked;
  #text = "";

  constructor(socketPath: string, run: string, headers: Record<string, string>) {
    this.#asked = request({
      socketPath,
      path: `${API}/runs/${run}/events`,
      headers: { accept: "text/event-stream", ...headers },
    });
    this.over = new Promise((resolve) => {
      this.#asked.once("error", () => resolve());
      this.#asked.once("response", (response: IncomingMessage) => {
        response.setEncoding("utf8");
        response.on("data", (text: string) => this.#heard(text));
        response.once("close", resolve);
        response.once("error", resolve);
      });
    });
    this.#asked.end();
  }

  leave(): void {
    this.#asked.destroy();
  }

  #heard(text: string): void {
    const parts = (this.#text + text).split("\n\n");
    this.#text = parts.pop() ?? "";
    for (const part of parts) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(part)?.[1];
      const data = field("data");
      if (data === undefined) this.comments += 1;
      else if (field("event") === "output") this.outputs.push((JSON.parse(data) as { data: string }).data);
      else {
        this.numbers.push(Number(field("id")));
        this.events.push(JSON.parse(data) as RunEvent);
      }
    }
  }
}
