import { createServer as createPlainServer, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { fail, succeed, type Result } from "@roadrunner/core";
import { isLoopback, serverName, type HostPort } from "@roadrunner/engine/address";
import type { Doors } from "../doors/doors.ts";
import type { TlsFiles } from "../doors/tls-files.ts";
import { answerClientFaults } from "./client-fault.ts";
import { roomForSocket } from "./socket-file.ts";

/** Of all who ask and watch on a socket. */
const MOST_CONNECTIONS = 1000;
const HEADERS_MS = 10_000;
/** For a request with its body: a plan of 64 MiB comes through a socket in a second. */
const REQUEST_MS = 60_000;
const IDLE_MS = 30_000;
const CHECK_EVERY_MS = 2000;
/** Over the network, of those whom nobody knows yet. */
const HANDSHAKE_MS = 5000;
const NETWORK_HEADERS_MS = 5000;
/** Read, write, and nothing for anybody else. */
const OWNER_ONLY = 0o177;

const SERVER_OPTIONS: ServerOptions = {
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: IDLE_MS,
  connectionsCheckingInterval: CHECK_EVERY_MS,
  noDelay: true,
};

const NETWORK_OPTIONS: ServerOptions = { ...SERVER_OPTIONS, headersTimeout: NETWORK_HEADERS_MS };

type App = OpenAPIHono<{ Bindings: HttpBindings }>;

/** Where it listens on the network; without TLS only on an address of this box alone. */
export interface NetworkPlace extends Required<HostPort> {
  readonly tls: TlsFiles | undefined;
  readonly doors: Doors;
}

/** The HTTP API where it is asked. */
export class ApiServer {
  /** As it is written: `unix:/path`, `https://host:port`. */
  readonly name: string;
  readonly #server: Server;
  readonly #open: Set<Socket> | undefined;

  private constructor(name: string, server: Server, open?: Set<Socket>) {
    this.name = name;
    this.#server = server;
    this.#open = open;
  }

  /** On a socket that is its owner's alone. The error says what is in the way, and what to do. */
  static async onSocket(path: string, app: App): Promise<Result<ApiServer, string>> {
    const room = await roomForSocket(path);
    if (!room.ok) return room;
    const server = createAdaptorServer({ fetch: app.fetch, serverOptions: SERVER_OPTIONS }) as Server;
    server.maxConnections = MOST_CONNECTIONS;
    answerClientFaults(server);
    return new Promise((resolve) => {
      server.once("error", (error) =>
        resolve(fail(`--listen unix:${path}: it cannot be listened on: ${error.message}`)),
      );
      // The socket is there for its owner alone from its first moment on.
      const umask = process.umask(OWNER_ONLY);
      try {
        server.listen({ path }, () => resolve(succeed(new ApiServer(`unix:${path}`, server))));
      } finally {
        process.umask(umask);
      }
    });
  }

  /** On the network, where it takes in nobody whom the doors do not let in. The error says what is in the way. */
  static onNetwork({ host, port, tls, doors }: NetworkPlace, app: App): Promise<Result<ApiServer, string>> {
    const server =
      tls === undefined
        ? (createAdaptorServer({
            fetch: app.fetch,
            createServer: createPlainServer,
            serverOptions: NETWORK_OPTIONS,
          }) as Server)
        : encrypted(app, tls);
    const open = guard(server, doors);
    answerClientFaults(server);
    const name = `${tls === undefined ? "http" : "https"}://${serverName({ host, port })}`;
    return new Promise((resolve) => {
      server.once("error", (error) => resolve(fail(whyNot({ host, port }, error))));
      server.listen({ host, port, exclusive: true }, () => {
        const { address } = server.address() as AddressInfo;
        if (tls === undefined && !isLoopback(address)) {
          server.close();
          resolve(
            fail(
              `--listen ${host}:${port}: ${host} is ${address} here, which others can reach: give it --tls-cert and --tls-key, or listen at 127.0.0.1`,
            ),
          );
        } else resolve(succeed(new ApiServer(name, server, open)));
      });
    });
  }

  /** Takes no connection any more, and ends those that there are. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
      // Those among them that have not asked for anything yet.
      for (const socket of this.#open ?? []) socket.destroy();
    });
  }
}

function encrypted(app: App, tls: TlsFiles): Server {
  const { cert, key } = tls.pair;
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer: createTlsServer,
    serverOptions: {
      ...NETWORK_OPTIONS,
      ...{ cert, key, minVersion: "TLSv1.2", handshakeTimeout: HANDSHAKE_MS },
    },
  }) as TlsServer;
  // Whoever has not said hello can be told nothing.
  server.on("tlsClientError", (_, socket) => socket.destroy());
  tls.watch((renewed) =>
    server.setSecureContext({ cert: renewed.cert, key: renewed.key, minVersion: "TLSv1.2" }),
  );
  return server;
}

/** Has each connection pass the doors before a byte of it is read. */
function guard(server: Server, doors: Doors): Set<Socket> {
  const open = new Set<Socket>();
  const serve = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    if (!doors.enter(socket)) return;
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    for (const listener of serve) listener.call(server, socket);
  });
  return open;
}

function whyNot({ host, port }: Required<HostPort>, error: NodeJS.ErrnoException): string {
  const told = `--listen ${host}:${port}: it cannot be listened on`;
  switch (error.code) {
    case "EADDRINUSE":
      return `${told}: another program has this port; stop that one, or name another port`;
    case "EADDRNOTAVAIL":
      return `${told}: ${host} is no address of this box; 0.0.0.0 and [::] stand for all of them`;
    case "EACCES":
      return `${told}: this user may not take port ${port}; name one from 1024 on`;
    case "ENOTFOUND":
      return `${told}: no name server knows ${host}; name an address of this box`;
    default:
      return `${told}: ${error.message}`;
  }
}
