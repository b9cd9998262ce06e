import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { fail, succeed, type Result } from "@roadrunner/core";

/** Holds a name for this process; the kernel frees it when the process ends, however it ends. */
export interface RunLock {
  release(): void;
}

/**
 * Takes a name (a run, or a flow) for this process. On Linux it is an abstract Unix socket: the second process is
 * refused at once, and a dead owner holds nothing. The name holds the user and the folder of the journals, so that
 * users and set-ups do not meet. Elsewhere there is no such lock, and the value says so by doing nothing.
 */
export async function takeLock(folder: string, name: string): Promise<Result<RunLock, "taken">> {
  if (process.platform !== "linux") return succeed({ release: () => undefined });
  const scope = createHash("sha256")
    .update(`${process.getuid?.() ?? 0}\0${folder}\0${name}`)
    .digest("hex");
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => {
    server.once("error", () => resolve(fail("taken")));
    server.listen({ path: `\0roadrunner-${scope.slice(0, 40)}` }, () => {
      server.unref();
      resolve(succeed({ release: () => server.close() }));
    });
  });
}
