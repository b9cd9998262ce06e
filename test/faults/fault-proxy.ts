import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * Stands between two parts and does to their connections what networks do. It listens on all addresses, and goes
 * on to the port `to` of the very address that was called: one proxy stands before all hosts of a test sshd.
 * Addresses may have ports of their own.
 */
export class FaultProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #setStalled: (stalled: boolean) => void;

  private constructor(server: Server, port: number, sockets: Set<Socket>, setStalled: (on: boolean) => void) {
    this.#server = server;
    this.port = port;
    this.#sockets = sockets;
    this.#setStalled = setStalled;
  }

  static async start(to: number | ((address: string) => number)): Promise<FaultProxy> {
    const portOf = typeof to === "number" ? () => to : to;
    const sockets = new Set<Socket>();
    let stalled = false;
    const server = createServer({ noDelay: true }, (near) => {
      const host = near.localAddress ?? "127.0.0.1";
      const far = connect({ host, port: portOf(host), noDelay: true });
      join(near, far, sockets, () => stalled);
      join(far, near, sockets, () => stalled);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "0.0.0.0", port: 0 }, resolve);
    });
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("the proxy has no port");
    return new FaultProxy(server, bound.port, sockets, (on) => {
      stalled = on;
      for (const socket of sockets)
        if (on) socket.pause();
        else socket.resume();
    });
  }

  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** RST on every connection that is open, to both sides. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** No byte passes, and nobody is told. New connections are taken, and are as silent. */
  stall(): void {
    this.#setStalled(true);
  }

  resume(): void {
    this.#setStalled(false);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function join(from: Socket, to: Socket, sockets: Set<Socket>, stalled: () => boolean): void {
  sockets.add(from);
  from.on("data", (chunk: Buffer) => {
    if (to.destroyed || to.write(chunk)) return;
    from.pause();
    to.once("drain", () => {
      if (!stalled()) from.resume();
    });
  });
  if (stalled()) from.pause();
  from.on("error", () => to.resetAndDestroy());
  from.on("end", () => to.end());
  from.once("close", () => {
    sockets.delete(from);
    to.destroySoon();
  });
}
