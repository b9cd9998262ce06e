import { chmodSync, closeSync, constants, openSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core/errors";
import { answerOn, askOn, type Listener } from "./talk.ts";

/** What every Unix takes for a socket's path; Linux takes 107 bytes. */
const MAX_SOCKET_PATH = 103;
const MOST_CONNECTIONS = 64;

/**
 * A socket that tells whether its process lives: as long as it does, the kernel lets others connect, also while the
 * process is stopped or busy; and refuses from the moment at which it has ended, however it ended.
 */
export class LifeSign {
  readonly id: string;
  /** Answers what others of this user ask; absent: nobody does. */
  listener: Listener | undefined;
  readonly #server: Server;
  readonly #way: Way;

  private constructor(id: string, server: Server, way: Way) {
    this.id = id;
    this.#server = server;
    this.#way = way;
  }

  static fileOf(id: string): string {
    return `${id}.s`;
  }

  /** The error says why none could be made in this folder. */
  static show(folder: string, id: string): Promise<Result<LifeSign, string>> {
    const way = wayTo(folder, LifeSign.fileOf(id));
    let sign: LifeSign | undefined;
    const server = createServer({ allowHalfOpen: true }, (socket) => answerOn(socket, () => sign?.listener));
    server.maxConnections = MOST_CONNECTIONS;
    return new Promise((resolve) => {
      // Later ones are of connections that could not be accepted: whoever looked has seen enough by then.
      server.on("error", (error) => {
        if (server.listening) return;
        way.close();
        resolve(fail(`${folder}: ${error.message}`));
      });
      server.listen({ path: way.path }, () => {
        server.unref();
        // Whatever the umask: who may connect may also stop a run.
        chmodSync(way.path, 0o600);
        sign = new LifeSign(id, server, way);
        resolve(succeed(sign));
      });
    });
  }

  /** Whether the process lives that shows it. In doubt it does. */
  static isSeen(folder: string, id: string): Promise<boolean> {
    const way = wayTo(folder, LifeSign.fileOf(id));
    return new Promise((resolve) => {
      const socket = connect({ path: way.path });
      const seen = (is: boolean): void => {
        socket.destroy();
        way.close();
        resolve(is);
      };
      socket.once("connect", () => seen(true));
      socket.once("error", ({ code }: NodeJS.ErrnoException) =>
        seen(code !== "ECONNREFUSED" && code !== "ENOENT" && code !== "ENOTDIR"),
      );
    });
  }

  /** Asks the process that shows it; the error says why there is no answer. */
  static async ask(folder: string, id: string, word: string): Promise<Result<string, string>> {
    const way = wayTo(folder, LifeSign.fileOf(id));
    const answer = await askOn(way.path, word);
    way.close();
    return answer;
  }

  static async removeIfDead(folder: string, file: string): Promise<void> {
    const id = file.replace(/\.s$/, "");
    if (!(await LifeSign.isSeen(folder, id))) rmSync(join(folder, file), { force: true });
  }

  end(): void {
    // It removes the socket by the path that it was made with.
    this.#server.close();
    this.#way.close();
  }
}

/** A path by which a socket can be reached, as long as it is not closed. */
interface Way {
  readonly path: string;
  close(): void;
}

function wayTo(folder: string, file: string): Way {
  const path = join(folder, file);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH || process.platform !== "linux")
    return { path, close: () => undefined };
  try {
    const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    return { path: `/proc/self/fd/${descriptor}/${file}`, close: () => closeSync(descriptor) };
  } catch {
    // The folder is not there: neither is anything in it.
    return { path: "/proc/self/fd/none", close: () => undefined };
  }
}
