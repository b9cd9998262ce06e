import { connect, createServer, type Server, type Socket } from "node:net";
import { packetCutter, packetOf, type Packet } from "./gearman-packets.ts";
import { reset } from "./reset.ts";

/** A packet on its way, and the connection that it is on. */
export interface Passing {
  readonly to: "server" | "client";
  /** With its header. */
  readonly bytes: Buffer;
  /** Undefined: of a type that no test knows. */
  readonly packet: Packet | undefined;
  /** Counts connections, from 1. */
  readonly connection: number;
  /** Sends to that end of this connection, behind what went there before. */
  readonly send: (to: Passing["to"], ...packets: readonly Buffer[]) => void;
  /** RST to both ends. */
  readonly cut: () => void;
}

/** Says what goes on in place of a packet: itself, nothing, others. */
export type Tampering = (passing: Passing) => readonly Buffer[];

const nothingIsDone: Tampering = ({ bytes }) => [bytes];

/**
 * Stands before a real job server and does to packets what servers, proxies and networks in trouble do; the faults are
 * in gearman-faults.ts. What is not Gearman's binary protocol passes as it is.
 */
export class GearmanProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #tampering: Tampering = nothingIsDone;
  #refusing = false;
  #mute = false;
  #made = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(target: { readonly port: number }): Promise<GearmanProxy> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: 0 }, resolve);
    });
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("the proxy has no port");
    const proxy = new GearmanProxy(server, bound.port);
    server.on("connection", (near) => proxy.#join(near, target.port));
    return proxy;
  }

  /** As `--servers` takes it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get asServer(): { readonly host: string; readonly port: number } {
    return { host: "127.0.0.1", port: this.port };
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Connections ever made. */
  get made(): number {
    return this.#made;
  }

  /** From now on, on all connections; without an argument everything passes again. */
  tamper(tampering: Tampering = nothingIsDone): void {
    this.#tampering = tampering;
  }

  /** RST on every connection, to both ends. */
  cut(): void {
    for (const pair of this.#pairs) pair.forEach(reset);
  }

  /** Whether the admin protocol is left unanswered, on connections that are made from now on. */
  mute(mute: boolean): void {
    this.#mute = mute;
  }

  /** Ends every connection and each new one at once, until `accept`. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  accept(): void {
    this.#refusing = false;
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket, port: number): void {
    near.on("error", () => {});
    if (this.#refusing) {
      reset(near);
      return;
    }
    this.#made += 1;
    const connection = this.#made;
    const far = connect({ host: "127.0.0.1", port, noDelay: true });
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const send = (to: Passing["to"], ...packets: readonly Buffer[]): void => {
      const socket = to === "client" ? near : far;
      for (const packet of packets) if (!socket.destroyed) socket.write(packet);
    };
    const cut = (): void => pair.forEach(reset);
    const mute = this.#mute;
    for (const [from, into, to] of [[near, far, "server"] as const, [far, near, "client"] as const]) {
      const read = reader((bytes, packet) => {
        send(to, ...this.#tampering({ to, bytes, packet, connection, send, cut }));
      });
      from.on("data", (chunk: Buffer) => read(chunk).forEach((text) => (mute ? undefined : send(to, text))));
      from.on("error", () => reset(into));
      from.on("end", () => into.end());
      from.once("close", () => {
        this.#pairs.delete(pair);
        into.destroySoon();
      });
    }
  }
}

/** Gives each whole packet to `take`, and returns what belongs to none: text of the admin protocol. */
function reader(
  take: (bytes: Buffer, packet: Packet | undefined) => void,
): (chunk: Buffer) => readonly Buffer[] {
  const cutter = packetCutter();
  let isText: boolean | undefined;
  return (chunk) => {
    isText ??= chunk[0] !== 0;
    if (isText) return [chunk];
    for (const bytes of cutter(chunk)) take(bytes, packetOf(bytes));
    return [];
  };
}
