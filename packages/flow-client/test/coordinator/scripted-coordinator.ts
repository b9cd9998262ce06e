import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { makeTempDir } from "../../../../test/support/temp-dir.ts";

/** Something that listens where a coordinator should, and does what a real one does not. */
export class ScriptedCoordinator {
  readonly path: string;
  readonly #temp = makeTempDir("scripted");
  #server: Server | undefined;
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
    this.#server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      this.lastIds.push(request.headers["last-event-id"] as string | undefined);
      this.answer(request, response);
    });
    this.#server.listen(this.path);
    await once(this.#server, "listening");
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    if (this.#server !== undefined) await once(this.#server, "close");
    this.#server = undefined;
  }

  async end(): Promise<void> {
    await this.stop();
    this.#temp.remove();
  }
}

export async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
