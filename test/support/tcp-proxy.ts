import { connect, createServer, type Server, type Socket } from "node:net";
import { reset } from "./reset.ts";

/** The two ends of a connection through the proxy; near is who connected. */
interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** Bytes for the server that wait until `flush`. */
  readonly held: Buffer[];
}

/** Stands before a server and does to whole connections what networks in trouble do; it knows no protocol. */
export class TcpProxy {
  readonly address = "127.0.0.1";
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #refusing = false;
  #holding = false;
  #cutting = false;
  #delayMs = 0;
  /** Pieces that came for the server. */
  asked = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(target: { readonly port: number; readonly address: string }): Promise<TcpProxy> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: 0 }, resolve);
    });
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("the proxy has no port");
    const proxy = new TcpProxy(server, bound.port);
    server.on("connection", (near) => proxy.#join(near, target));
    return proxy;
  }

  /** RST on every connection, to both ends. */
  cut(): void {
    for (const { near, far } of this.#pairs) [near, far].forEach(reset);
  }

  /** The next answer of the server is not passed on: both ends get an RST in its place. */
  cutNextAnswer(): void {
    this.#cutting = true;
  }

  /** What comes for the server from now on waits here. */
  hold(): void {
    this.#holding = true;
  }

  /** RST to those who connected; the server has not heard of it, and what waits for it still comes with `flush`. */
  cutNear(): void {
    for (const { near } of this.#pairs) reset(near);
  }

  /** What waits goes to the server, and all that comes from now on. */
  flush(): void {
    this.#holding = false;
    for (const { far, held } of this.#pairs) for (const bytes of held.splice(0)) far.write(bytes);
  }

  /** What goes to the server from now on comes so much later; milliseconds. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Ends every connection, and each new one at once, until `accept`. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  accept(): void {
    this.#refusing = false;
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket, target: { readonly port: number; readonly address: string }): void {
    near.on("error", () => {});
    if (this.#refusing) {
      reset(near);
      return;
    }
    const far = connect({ host: target.address, port: target.port, noDelay: true });
    const pair: Pair = { near, far, held: [] };
    this.#pairs.add(pair);
    near.on("data", (bytes: Buffer) => {
      this.asked += 1;
      if (this.#holding) pair.held.push(bytes);
      else if (this.#delayMs > 0) setTimeout(() => far.write(bytes), this.#delayMs);
      else far.write(bytes);
    });
    far.on("data", (bytes: Buffer) => {
      if (this.#cutting) {
        this.#cutting = false;
        [near, far].forEach(reset);
      } else if (!near.destroyed) near.write(bytes);
    });
    near.once("end", () => far.end());
    far.once("end", () => near.end());
    far.on("error", () => reset(near));
    // While something waits for the server, it hears of nothing.
    near.once("close", () => {
      if (pair.held.length === 0) far.destroySoon();
    });
    far.once("close", () => {
      this.#pairs.delete(pair);
      near.destroySoon();
    });
  }
}
