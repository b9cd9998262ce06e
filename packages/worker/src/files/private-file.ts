import type { Stats } from "node:fs";

/** Why a file that holds a secret is not used, to stand behind its path; undefined: it may be. */
export function privateFileFault(stat: Stats, ours = process.getuid?.()): string | undefined {
  if (!stat.isFile()) return "is not a plain file; name one";
  if ((stat.mode & 0o077) !== 0) return "is open to others than its owner; chmod 600 it";
  if (ours !== undefined && stat.uid !== ours && stat.uid !== 0)
    return "belongs to another user than this worker's; chown it";
  return undefined;
}
