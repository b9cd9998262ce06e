import { fail, succeed, type Result } from "@roadrunner/core";
import { pathFault, readNamedFile, whyUnread } from "@roadrunner/core/files";
import { parsePoolKeys, PoolSeal, type PoolKey } from "@roadrunner/core/signing";

/** What seals messages with the first key of a file, if there is to be one; the error is the text for the operator. */
export function openPoolSeal(path: string | undefined): Result<PoolSeal | undefined, string> {
  if (path === undefined) return succeed(undefined);
  const keys = openPoolKeys(path);
  return keys.ok ? succeed(new PoolSeal(keys.value)) : keys;
}

/** The pool keys of a file: the first one seals, all of them open. The error is the text for the operator. */
export function openPoolKeys(path: string): Result<readonly [PoolKey, ...PoolKey[]], string> {
  try {
    const text = readNamedFile(path).toString("utf8");
    const fault = pathFault(path, "secret");
    if (fault !== undefined) return fail(`--pool-key-file ${path} ${fault}`);
    const keys = parsePoolKeys(text);
    return keys.ok
      ? keys
      : fail(keys.error.map((problem) => `--pool-key-file ${path}: ${problem}`).join("\n"));
  } catch (error) {
    return fail(`--pool-key-file ${path} cannot be read: ${whyUnread(error)}`);
  }
}
