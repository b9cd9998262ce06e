import { createConnection } from "node:net";
import { startChild, type ChildProgram } from "./child-program.ts";
import { findFreePort } from "./free-port.ts";
import { findProgram } from "./programs.ts";
import { until } from "./until.ts";

const ADDRESS = "127.0.0.1";
const PORT_ATTEMPTS = 5;
const ADMIN_TIMEOUT_MS = 2_000;

/** As we tell operators to start it. */
const RECOMMENDED = [
  "--job-retries=1",
  "--round-robin",
  "--worker-wakeup=3",
  "--job-handle-prefix=H:rr",
  "--keepalive",
  "--keepalive-idle=30",
  "--keepalive-interval=10",
  "--keepalive-count=3",
  "--backlog=1024",
];

export interface Gearmand {
  readonly port: number;
  readonly address: string;
  /** "127.0.0.1:PORT", as `--servers` takes it. */
  readonly server: string;
  readonly pid: number;
  log(): string;
  /** One line of the admin protocol; the answer without the closing "." line. Rejects after 2 s. */
  admin(line: string): Promise<string>;
  /** `status` of a function: jobs queued and running, running, workers that can do it; zeros if unknown. */
  status(fn: string): Promise<{ readonly total: number; readonly running: number; readonly workers: number }>;
  /** The id of the worker there now that was started with this `--id`. */
  workerId(name: string): Promise<string>;
  stop(): Promise<void>;
  /** kill -9 */
  kill(): Promise<void>;
  /** SIGSTOP: accepts connections, answers nothing. */
  pause(): void;
  /** SIGCONT */
  continue(): void;
  /** Starts it again on the same port, stopping it first if it runs. */
  restart(): Promise<void>;
}

export interface GearmandOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** In place of the recommended flags; `[]` is gearmand as Debian ships it. */
  readonly args?: readonly string[];
}

/** Starts a real gearmand and returns when it answers. */
export async function startGearmand(options: GearmandOptions = {}): Promise<Gearmand> {
  const program = findProgram("gearmand");
  const args = options.args ?? RECOMMENDED;
  const start = (port: number) => startOn(program, port, args);
  let port = options.port ?? (await findFreePort(ADDRESS));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return new RunningGearmand(await start(port), port, start);
    } catch (error) {
      const taken = error instanceof Error && /port is taken|calling bind\(\)/.test(error.message);
      if (options.port !== undefined || !taken || attempt === PORT_ATTEMPTS) throw error;
      port = await findFreePort(ADDRESS);
    }
  }
}

async function startOn(program: string, port: number, args: readonly string[]): Promise<ChildProgram> {
  const child = startChild(program, [
    `--listen=${ADDRESS}`,
    `--port=${port}`,
    "--log-file=stderr",
    "--verbose=INFO",
    ...args,
  ]);
  try {
    await until("gearmand to answer", async () => {
      if (!child.running) throw new Error("it ended");
      const answer = await ask(port, "getpid").catch(() => undefined);
      // Another test's gearmand would answer in its place, while ours tries to bind for 20 s.
      if (answer !== undefined && answer !== `OK ${child.pid}`) throw new Error("the port is taken");
      return answer;
    });
    return child;
  } catch (error) {
    await child.kill();
    const why = error instanceof Error ? error.message : "";
    throw new Error(`gearmand did not start on port ${port}: ${why}\n${child.output()}`, { cause: error });
  }
}

function ask(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: ADDRESS, port });
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(ADMIN_TIMEOUT_MS, () =>
      socket.destroy(new Error(`gearmand on port ${port} did not answer "${line}"`)),
    );
    socket.once("error", reject);
    socket.once("close", () =>
      reject(new Error(`gearmand on port ${port} closed before answering "${line}"`)),
    );
    socket.once("connect", () => socket.write(`${line}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
      const isTable = !/^(OK|ERR)/.test(text);
      const end = isTable ? /(^|\n)\.\n$/ : /\n$/;
      if (!end.test(text)) return;
      resolve(text.replace(end, isTable ? "$1" : ""));
      socket.destroy();
    });
  });
}

class RunningGearmand implements Gearmand {
  readonly port: number;
  readonly address = ADDRESS;
  readonly server: string;
  readonly #start: (port: number) => Promise<ChildProgram>;
  #child: ChildProgram;

  constructor(child: ChildProgram, port: number, start: (port: number) => Promise<ChildProgram>) {
    this.#child = child;
    this.#start = start;
    this.port = port;
    this.server = `${ADDRESS}:${port}`;
  }

  get pid(): number {
    return this.#child.pid;
  }

  log(): string {
    return this.#child.output();
  }

  admin(line: string): Promise<string> {
    return ask(this.port, line);
  }

  async status(fn: string): Promise<{ total: number; running: number; workers: number }> {
    const row = (await this.admin("status")).split("\n").find((line) => line.startsWith(`${fn}\t`));
    const [total = 0, running = 0, workers = 0] = (row ?? "").split("\t").slice(1).map(Number);
    return { total, running, workers };
  }

  async workerId(name: string): Promise<string> {
    const table = await this.admin("status");
    const [, id] =
      new RegExp(`^rr-control\\.(${name}-[a-z2-7]{4})\\t\\d+\\t\\d+\\t[1-9]`, "m").exec(table) ?? [];
    if (id === undefined) throw new Error(`no worker is named ${name}:\n${table}`);
    return id;
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }

  async kill(): Promise<void> {
    await this.#child.kill();
  }

  pause(): void {
    this.#child.signal("SIGSTOP");
  }

  continue(): void {
    this.#child.signal("SIGCONT");
  }

  async restart(): Promise<void> {
    await this.#child.stop();
    this.#child = await this.#start(this.port);
  }
}
