import { refused, unavailable } from "../base.ts";
import type { StoreFault } from "../store.ts";

/** What an error of SQLite means for the operator of this file; undefined: it is a bug of ours. */
export function sqliteFault(file: string, error: unknown): StoreFault | undefined {
  const { code = "", message = "" } = error as { readonly code?: string; readonly message?: string };
  if (code === "SQLITE_FULL")
    return unavailable(`no room for the store ${file}: the disk is full; free some space`);
  if (code.startsWith("SQLITE_BUSY") || code === "SQLITE_LOCKED")
    return refused(
      `another coordinator has the store ${file}; stop that one, or name another file. Several coordinators share a PostgreSQL`,
    );
  if (code === "SQLITE_NOTADB")
    return refused(`${file} is not a store: it is no SQLite database; name another file`);
  if (code.startsWith("SQLITE_CORRUPT"))
    return refused(`the store ${file} is damaged (${message}); restore it from a backup`);
  if (code.startsWith("SQLITE_READONLY") || code === "SQLITE_PERM")
    return refused(`the store ${file} may not be written (${message}); see who owns it, and its file system`);
  if (code.startsWith("SQLITE_IOERR"))
    return unavailable(`the store ${file} cannot be read or written (${message}); see to its disk`);
  if (code === "SQLITE_CANTOPEN" || message.includes("Unable to open connection"))
    return refused(`the store ${file} cannot be opened (${message}); see who owns it, and its file system`);
  if (code === "SQLITE_TOOBIG")
    return refused(`the store ${file} takes no text of more than a GB; make the run smaller`);
  return undefined;
}
