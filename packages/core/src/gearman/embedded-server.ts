import Server, { type ServerConnection } from "abraxas/server.js";
import { types } from "gearman-packet";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, succeed, type Result } from "../errors.ts";
import { whyUnwritten } from "../files/file-errors.ts";
import { trustedPath } from "../files/trusted-path.ts";
import { boundPackets } from "./packets/bound-packets.ts";
import { readBody } from "./packets/read-body.ts";
import type { ServerAddress } from "./connection/server-address.ts";
import { watchParser } from "./packets/watch-parser.ts";

/** abraxas's handle is "unique:" and the unique; clients and workers of other makes read no longer one than 63 bytes. */
const MAX_UNIQUE_BYTES = 56;
const SOCKET = "gearman";
/** What every Unix takes; Linux takes 107 bytes. */
const MAX_SOCKET_PATH = 103;

export interface EmbeddedServer {
  readonly address: ServerAddress;
  /** Ends every connection; nothing is left open when it resolves. */
  close(): Promise<void>;
}

/**
 * A job server in this process, abraxas's: foreground jobs up to about a thousand in flight, uniques of at most 56
 * bytes, no admin protocol. It listens on a Unix socket that nobody but this user and root reaches: whoever reaches it
 * can run anything on every host. The error says why no folder can be had for it.
 */
export async function startEmbeddedServer(): Promise<Result<EmbeddedServer, string>> {
  const made = privateFolderFor([tmpdir(), "/tmp"]);
  if (!made.ok) return made;
  const folder = made.value;
  const path = join(folder, SOCKET);
  const sockets = new Set<Socket>();
  const listener = createServer();
  listener.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  serve(listener);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    await listening(listener, path);
  } catch (error) {
    remove();
    return fail(`${path}: ${(error as Error).message}`);
  }
  process.once("exit", remove);
  return succeed({
    address: { host: path, port: 0 },
    async close() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      process.off("exit", remove);
      remove();
    },
  });
}

/** A fresh folder for the socket, in the first of these where nobody can exchange it, and short enough. */
function privateFolderFor(folders: readonly string[]): Result<string, string> {
  const problems: string[] = [];
  for (const folder of new Set(folders)) {
    const trusted = trustedPath(folder);
    if (!trusted.ok) {
      problems.push(trusted.error);
      continue;
    }
    const prefix = join(trusted.value, "roadrunner-");
    if (Buffer.byteLength(join(`${prefix}XXXXXX`, SOCKET)) > MAX_SOCKET_PATH) {
      problems.push(`${folder} is too long a path for a socket`);
      continue;
    }
    try {
      // mkdtemp makes it for this user alone.
      return succeed(mkdtempSync(prefix));
    } catch (error) {
      problems.push(`${folder}: ${whyUnwritten(error)}`);
    }
  }
  return fail(`${problems.join("; ")}; set TMPDIR to another folder`);
}

function listening(listener: NetServer, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.once("listening", () => {
      listener.off("error", reject);
      resolve();
    });
    listener.listen({ path });
  });
}

/** abraxas's Server on `listener`, with the defects that would reach us covered. */
function serve(listener: NetServer): void {
  // Errors of a connection's parser are listened for once only; the second would end the process.
  let unwatch = () => {};
  listener.on("connection", (socket) => {
    socket.on("error", () => {});
    unwatch = watchParser(socket, () => socket.destroy(), boundPackets);
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
