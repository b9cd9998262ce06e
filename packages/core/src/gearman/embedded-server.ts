import Server, { type ServerConnection } from "abraxas/server.js";
import { types } from "gearman-packet";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBody } from "./read-body.ts";
import type { ServerAddress } from "./server-address.ts";
import { watchParser } from "./watch-parser.ts";

/** abraxas's handle is "unique:" and the unique, and an argument on the wire has at most 63 bytes. */
const MAX_UNIQUE_BYTES = 56;

export interface EmbeddedServer {
  readonly address: ServerAddress;
  /** Ends every connection; nothing is left open when it resolves. */
  close(): Promise<void>;
}

export interface EmbeddedServerOptions {
  /** TCP, where whoever reaches the port can submit jobs; default: a Unix socket that only this user reaches. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
}

/**
 * A job server in this process, abraxas's: foreground jobs up to about a thousand in flight, uniques of at most 56
 * bytes, no admin protocol. Rejects where it cannot listen.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const sockets = new Set<Socket>();
  const listener = createServer();
  listener.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  serve(listener);
  const endpoint = await listen(listener, options);
  return {
    address: endpoint.address,
    async close() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      if (endpoint.directory !== undefined) await rm(endpoint.directory, { recursive: true, force: true });
    },
  };
}

async function listen(
  listener: NetServer,
  { host, port = 0 }: EmbeddedServerOptions,
): Promise<{ readonly address: ServerAddress; readonly directory?: string }> {
  if (host !== undefined) {
    await listening(listener, () => listener.listen({ host, port }));
    const bound = listener.address();
    if (bound === null || typeof bound === "string") throw new Error("bug: a TCP server without a port");
    return { address: { host, port: bound.port } };
  }
  // mkdtemp makes it for this user alone, so that nobody else reaches the socket in it.
  const directory = await mkdtemp(join(tmpdir(), "roadrunner-"));
  const path = join(directory, "gearman");
  try {
    await listening(listener, () => listener.listen({ path }));
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return { address: { host: path, port: 0 }, directory };
}

function listening(listener: NetServer, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.once("listening", () => {
      listener.off("error", reject);
      resolve();
    });
    listen();
  });
}

/** abraxas's Server on `listener`, with the defects that would reach us covered. */
function serve(listener: NetServer): void {
  // Errors of a connection's parser are listened for once only; the second would end the process.
  let unwatch = () => {};
  listener.on("connection", (socket) => {
    socket.on("error", () => {});
    unwatch = watchParser(socket, () => socket.destroy());
  });
  const server = new Server({ socket: listener });
  listener.on("connection", () => unwatch());
  server.on("warning", () => {});
  server.on("error", () => {});

  // Bodies go on whole: streamed, one that nobody can take (its client has gone, or reads slowly) would stop all
  // that comes behind it from that worker.
  for (const name of ["workComplete", "workData", "workWarning"] as const) {
    const pass = server[name].bind(server);
    server[name] = (connection, handle, body) => {
      if (Buffer.isBuffer(body)) pass(connection, handle, body);
      else readBody(body, (bytes) => pass(connection, handle, bytes));
    };
  }
  const submitJob = server.submitJob.bind(server);
  server.submitJob = (submission) => {
    const { uniqueid, client, body } = submission;
    // It makes a handle that no packet can carry, which would end the connection of each worker in turn.
    if (Buffer.byteLength(uniqueid) > MAX_UNIQUE_BYTES) {
      body.resume();
      refuse(client, "UNIQUE_TOO_LONG", `this job server takes uniques of at most ${MAX_UNIQUE_BYTES} bytes`);
      return;
    }
    submitJob(submission);
    // Else a connection keeps all jobs that it ever submitted, with their workloads.
    const job = server.jobs[`unique:${uniqueid}`];
    job?.once("job-complete", () => client.removeJob(job));
  };
  // abraxas's own throws for a job that has a unique.
  server.workException = (_, handle, body) => {
    if (!Buffer.isBuffer(body)) body.resume();
    server.jobs[handle]?.sendWorkFail();
    delete server.jobs[handle];
  };
}

function refuse(client: ServerConnection, errorcode: string, text: string): void {
  client.write({ kind: "response", type: types.ERROR, args: { errorcode }, body: Buffer.from(text) });
}
