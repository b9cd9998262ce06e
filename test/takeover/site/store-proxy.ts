import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What an append of events is, among PostgreSQL's messages. */
const APPEND = /insert into "roadrunner"\."events"/;

/** Stands before PostgreSQL, knows an append when it sees one, and makes the way there slow. */
export class StoreProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** For each part of what is said, in each direction. */
  delayMs = 0;
  #onAppended: (() => void) | undefined;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(target: { readonly port: number }): Promise<StoreProxy> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: 0 }, resolve);
    });
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("the proxy has no port");
    const proxy = new StoreProxy(server, bound.port);
    server.on("connection", (near) => proxy.#join(near, target.port));
    return proxy;
  }

  /** Calls this once, when the next append was answered and before the answer is passed on; undefined: not any more. */
  onNextAppended(then: (() => void) | undefined): void {
    this.#onAppended = then;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket, port: number): void {
    const far = connect({ host: "127.0.0.1", port, noDelay: true });
    let isAppending = false;
    this.#pass(near, far, (chunk) => {
      isAppending ||= APPEND.test(chunk.toString("latin1"));
    });
    this.#pass(far, near, () => {
      if (!isAppending) return;
      isAppending = false;
      const then = this.#onAppended;
      this.#onAppended = undefined;
      then?.();
    });
  }

  #pass(from: Socket, to: Socket, look: (chunk: Buffer) => void): void {
    this.#sockets.add(from);
    let passed = Promise.resolve();
    const later = (then: () => void): void => {
      const { delayMs } = this;
      passed = passed.then(() => (delayMs === 0 ? undefined : sleep(delayMs))).then(then);
    };
    from.on("data", (chunk: Buffer) => {
      look(chunk);
      later(() => {
        if (!to.destroyed) to.write(chunk);
      });
    });
    from.on("error", () => to.resetAndDestroy());
    from.on("end", () => later(() => to.end()));
    from.once("close", () => {
      this.#sockets.delete(from);
      later(() => to.destroySoon());
    });
  }
}
