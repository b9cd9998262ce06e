import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { clientOf, type CoordinatorClient } from "../../src/coordinator/index.ts";
import { makeTempDir } from "../../../../test/support/temp-dir.ts";

/** Something that listens where a coordinator should, and does what a real one does not. */
export class ScriptedCoordinator {
  readonly kind = "socket";
  readonly path: string;
  readonly #temp = makeTempDir("scripted");
  #close: (() => Promise<unknown>) | undefined;
  /** Paths that were asked for, and with which `last-event-id`. */
  readonly asked: string[] = [];
  readonly lastIds: (string | undefined)[] = [];
  answer: RequestListener = (_, response) => response.end();

  constructor() {
    chmodSync(this.#temp.path, 0o700);
    this.path = join(this.#temp.path, "c.sock");
  }

  get folder(): string {
    return this.#temp.path;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      this.lastIds.push(request.headers["last-event-id"] as string | undefined);
      this.answer(request, response);
    });
    server.listen(this.path);
    await once(server, "listening");
    this.#close = async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      return closed;
    };
  }

  async stop(): Promise<void> {
    await this.#close?.();
    this.#close = undefined;
  }

  async end(): Promise<void> {
    await this.stop();
    this.#temp.remove();
  }
}

/** Asks on a socket. */
export function clientAt(path: string): CoordinatorClient {
  return clientOf({ coordinator: { kind: "socket", path } }, {});
}

export async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
