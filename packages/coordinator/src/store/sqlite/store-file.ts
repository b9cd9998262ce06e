import { closeSync, constants, existsSync, lstatSync, openSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core";
import { modeFault, privateFolder, whyUnwritten } from "@roadrunner/core/files";

/**
 * The file of a store, made if it is not there, and its owner's alone; the value is its path without links. One that is
 * there is looked at without opening it: to close it would give back the lock that this process may have on it.
 */
export function storeFile(path: string, makeFolders: boolean): Result<string, string> {
  const above = dirname(dirname(resolve(path)));
  // What was to be mounted there would be missed by nobody.
  if (!makeFolders && !existsSync(above))
    return fail(`there is no folder ${above} for ${path}; make it, or name another`);
  const folder = privateFolder(dirname(resolve(path)));
  if (!folder.ok) return folder;
  const file = join(folder.value, basename(path));
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  try {
    closeSync(openSync(file, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600));
    return succeed(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") return fail(`${path}: ${whyUnwritten(error)}`);
  }
  const stat = lstatSync(file);
  if (!stat.isFile()) return fail(`${path} is not a plain file; name one`);
  if (stat.uid !== (process.getuid?.() ?? stat.uid))
    return fail(`${path} belongs to another user; name a file of your own`);
  const fault = modeFault(stat, "secret");
  return fault === undefined ? succeed(file) : fail(`${path} ${fault}`);
}
