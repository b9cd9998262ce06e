import { connect, type Socket } from "node:net";
import type { ServerAddress } from "./server-address.ts";

/**
 * Opens a socket to a server; connecting may still be under way. `(server) => tls.connect(…)` is one: bytes wait
 * until its handshake is done, and where that fails none was sent.
 */
export type Dial = (server: ServerAddress) => Socket;

export const dialTcp: Dial = ({ host, port }) =>
  host.startsWith("/") ? connect({ path: host }) : connect({ host, port });
