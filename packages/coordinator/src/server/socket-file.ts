import { lstatSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core";
import { privateFolder } from "@roadrunner/core/files";

/** How long whoever listens there has to take a connection. */
const PATIENCE_MS = 2000;

/**
 * Makes room for a socket at this path, in a folder that nobody else can write; what a dead process of this user left there
 * is removed. The value is the path without links; the error says what is in the way, and what to do.
 */
export async function roomForSocket(path: string): Promise<Result<string, string>> {
  const folder = privateFolder(dirname(path));
  if (!folder.ok) return fail(`--listen unix:${path}: ${folder.error}`);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return succeed(path);
  if (!there.isSocket())
    return fail(
      `--listen unix:${path}: there is something else than a socket; remove it, or name another path`,
    );
  if (there.uid !== process.getuid?.())
    return fail(`--listen unix:${path}: the socket there belongs to another user; name another path`);
  const answers = await isAnswered(path);
  if (answers !== undefined)
    return fail(
      `--listen unix:${path}: ${answers}; another coordinator has it: stop that one, or give this one a --listen and a --store of its own`,
    );
  rmSync(path, { force: true });
  return succeed(path);
}

/** In which way somebody listens there; undefined: nobody does. */
function isAnswered(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const told = (what: string | undefined): void => {
      socket.destroy();
      resolve(what);
    };
    socket.setTimeout(PATIENCE_MS, () => told("somebody listens there, and says nothing"));
    socket.once("connect", () => told("somebody listens there"));
    socket.once("error", ({ code }: NodeJS.ErrnoException) =>
      told(
        code === "ECONNREFUSED" || code === "ENOENT"
          ? undefined
          : `somebody may listen there (${code ?? "no answer"})`,
      ),
    );
  });
}
