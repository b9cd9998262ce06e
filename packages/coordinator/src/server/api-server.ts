import type { Server } from "node:http";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { fail, succeed, type Result } from "@roadrunner/core";
import { answerClientFaults } from "./client-fault.ts";
import { roomForSocket } from "./socket-file.ts";

/** Of all who ask and watch. */
const MOST_CONNECTIONS = 1000;
const HEADERS_MS = 10_000;
/** For a request with its body: a plan of 64 MiB comes through a socket in a second. */
const REQUEST_MS = 60_000;
const IDLE_MS = 30_000;
const CHECK_EVERY_MS = 2000;
/** Read, write, and nothing for anybody else. */
const OWNER_ONLY = 0o177;

/** The HTTP API on its socket. */
export class ApiServer {
  readonly path: string;
  readonly #server: Server;

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  /** The error says what is in the way, and what to do. */
  static async listen(
    path: string,
    app: OpenAPIHono<{ Bindings: HttpBindings }>,
  ): Promise<Result<ApiServer, string>> {
    const room = await roomForSocket(path);
    if (!room.ok) return room;
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions: {
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: IDLE_MS,
        connectionsCheckingInterval: CHECK_EVERY_MS,
      },
    }) as Server;
    server.maxConnections = MOST_CONNECTIONS;
    answerClientFaults(server);
    return new Promise((resolve) => {
      server.once("error", (error) =>
        resolve(fail(`--listen unix:${path}: it cannot be listened on: ${error.message}`)),
      );
      // The socket is there for its owner alone from its first moment on.
      const umask = process.umask(OWNER_ONLY);
      try {
        server.listen({ path }, () => resolve(succeed(new ApiServer(path, server))));
      } finally {
        process.umask(umask);
      }
    });
  }

  /** Takes no connection any more, and ends those that there are. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
