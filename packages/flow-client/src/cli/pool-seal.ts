import { readFileSync, statSync } from "node:fs";
import { fail, succeed, type Result } from "@roadrunner/core";
import { parsePoolKeys, PoolSeal } from "@roadrunner/core/signing";

/** What seals messages with the first key of a file, if there is to be one; the error is the text for the operator. */
export function openPoolSeal(path: string | undefined): Result<PoolSeal | undefined, string> {
  if (path === undefined) return succeed(undefined);
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      return fail(`--pool-key-file ${path} may be read by others than its owner (chmod 600)`);
    const keys = parsePoolKeys(readFileSync(path, "utf8"));
    return keys.ok
      ? succeed(new PoolSeal(keys.value))
      : fail(keys.error.map((problem) => `--pool-key-file ${path}: ${problem}`).join("\n"));
  } catch (error) {
    return fail(
      `--pool-key-file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    );
  }
}
