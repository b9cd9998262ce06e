import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { join } from "node:path";
import { fail, succeed, type Blame, type Result } from "@roadrunner/core";
import { pathFault, whyUnread } from "@roadrunner/core/files";

const MAX_SECRET_BYTES = 64 * 1024;

/** Why a task cannot have what it names. */
export interface CredentialFault {
  readonly reason: string;
  readonly blame: Blame;
  /** See the outcome's. */
  readonly ofTask?: boolean;
}

/**
 * Reads the secret of this name at the moment of the task. A name that there is not is the submission's fault; whatever
 * is wrong with the file is the worker's, and touches those alone who name it.
 */
export async function readSecret(
  directory: string | undefined,
  name: string,
): Promise<Result<string, CredentialFault>> {
  const own = (reason: string) => fail({ reason, blame: "worker", ofTask: true } as const);
  const submissions = (reason: string) => fail({ reason, blame: "submission" } as const);
  if (directory === undefined)
    return own(`secret ${name}: this worker keeps no secrets; start it with --secrets-dir`);
  if (name.startsWith(".")) return submissions(`secret ${name}: a name may not begin with a dot`);
  const path = join(directory, name);
  if (!(await isThere(path)))
    return submissions(`secret ${name}: this worker keeps none of that name; there is no ${path}`);
  const read = await readPrivateFile(path, `secret ${name}`);
  return read.ok ? read : own(read.error);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/**
 * Reads a plain file that must belong to the worker's user (or root) and be closed to everybody else; one newline at
 * its end is not a part of it. The error never quotes the content.
 */
export async function readPrivateFile(path: string, what: string): Promise<Result<string, string>> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
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
