import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core";
import { privateFileFault } from "../files/private-file.ts";

const MAX_SECRET_BYTES = 64 * 1024;

/** Reads the secret of this name at the moment of the task. */
export async function readSecret(
  directory: string | undefined,
  name: string,
): Promise<Result<string, string>> {
  if (directory === undefined) {
    return fail(`secret ${name}: this worker keeps no secrets; start it with --secrets-dir`);
  }
  if (name.startsWith(".")) return fail(`secret ${name}: a name may not begin with a dot`);
  return readPrivateFile(join(directory, name), `secret ${name}`);
}

/**
 * Reads a file that must belong to the worker's user (or root) and be closed to everybody else; one newline at its
 * end is not a part of it. The error never quotes the content.
 */
export async function readPrivateFile(path: string, what: string): Promise<Result<string, string>> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const stat = await file.stat();
      const fault = privateFileFault(stat);
      if (fault !== undefined) return fail(`${what}: ${path} ${fault}`);
      if (stat.size > MAX_SECRET_BYTES) return fail(`${what}: ${path} is over ${MAX_SECRET_BYTES} bytes`);
      const text = await file.readFile("utf8");
      return succeed(text.endsWith("\n") ? text.slice(0, -1) : text);
    } finally {
      await file.close();
    }
  } catch (error) {
    return fail(`${what}: cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}
