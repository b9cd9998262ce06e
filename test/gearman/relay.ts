import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { reset } from "../support/reset.ts";
import type { ServerAddress } from "@roadrunner/core/gearman";

export interface Relay {
  readonly address: ServerAddress;
  /** Connections that are open now. */
  open(): number;
  /** Connections ever made. */
  made(): number;
  /** Bytes that came from the side of the clients. */
  upBytes(): number;
  /** RST to both sides of every connection. */
  reset(): void;
  /** Takes no byte from anybody any more, on connections that are open. */
  freeze(): void;
}

/** Stands between us and a real job server, to do to the connection what networks do. Ends with the test. */
export async function startRelay(target: { readonly port: number }): Promise<Relay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let made = 0;
  let upBytes = 0;
  const server = createServer({ noDelay: true }, (near) => {
    made += 1;
    const far = connect({ host: "127.0.0.1", port: target.port, noDelay: true });
    const pair = [near, far] as const;
    pairs.add(pair);
    near.on("data", (chunk: Buffer) => (upBytes += chunk.length));
    near.pipe(far);
    far.pipe(near);
    for (const [socket, other] of [pair, [far, near] as const]) {
      socket.on("error", () => reset(other));
      socket.once("close", () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  const all = () => [...pairs].flat();
  onTestFinished(async () => {
    for (const socket of all()) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    address: { host: "127.0.0.1", port: bound.port },
    open: () => pairs.size,
    made: () => made,
    upBytes: () => upBytes,
    reset: () => all().forEach(reset),
    freeze: () => all().forEach((socket) => socket.unpipe().pause()),
  };
}
