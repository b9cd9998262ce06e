import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { fail, succeed, type Result } from "../errors.ts";
import { whyUnread } from "./file-errors.ts";
import { pathFault } from "./path-fault.ts";

const MAX_SECRET_BYTES = 64 * 1024;

/**
 * Reads a plain file that must belong to this user (or root) and be closed to everybody else; one newline at
 * its end is not a part of it. The error never quotes the content.
 */
export async function readPrivateFile(path: string, what: string): Promise<Result<string, string>> {
  try {
    // A named pipe would have whoever opens it wait for a writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      const fault = stat.isFile() ? pathFault(path, "secret") : "is not a plain file; name one";
      if (fault !== undefined) return fail(`${what}: ${path} ${fault}`);
      if (stat.size > MAX_SECRET_BYTES) return fail(`${what}: ${path} is over ${MAX_SECRET_BYTES} bytes`);
      const text = await file.readFile("utf8");
      return succeed(text.endsWith("\n") ? text.slice(0, -1) : text);
    } finally {
      await file.close();
    }
  } catch (error) {
    return fail(`${what}: cannot read ${path}: ${whyUnread(error)}`);
  }
}
