import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { fail, type Blame, type Result } from "@roadrunner/core";
import { readPrivateFile } from "@roadrunner/core/files";

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
