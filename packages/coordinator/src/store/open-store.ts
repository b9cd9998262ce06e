import { fail, succeed, type Result } from "@roadrunner/core";
import { refused } from "./base.ts";
import type { Waits } from "./postgres/sound-pool.ts";
import { sqlStore } from "./sql-store.ts";
import type { Store, StoreFault } from "./store.ts";
import { VERSIONS } from "./versions/index.ts";

export interface OpenOptions {
  /** Of the tables; the last one is made. */
  readonly versions?: typeof VERSIONS;
  /** How long PostgreSQL is waited for; default: 5 s for a connection, 10 s for a statement. */
  readonly waits?: Waits;
  /** False: of a file only the folder is made in which it lies, and not those above; default: all of them. */
  readonly makeFolders?: boolean;
}

/**
 * Opens the store at `postgres://…`, or in the SQLite file of this path (or `sqlite:PATH`), for one coordinator; makes
 * its tables, or those of this version from older ones. The error says why not, without a password.
 * @param coordinator its id; no two processes have the same one
 */
export async function openStore(
  where: string,
  coordinator: string,
  { versions = VERSIONS, waits, makeFolders = true }: OpenOptions = {},
): Promise<Result<Store, StoreFault>> {
  const mistyped = mistypedFault(where);
  if (mistyped !== undefined) return fail(refused(mistyped));
  // Each is loaded when it is needed: SQLite is 12 MB of native code.
  const isServer = /^postgres(?:ql)?:/.test(where);
  const base = isServer
    ? await (await import("./postgres/open-postgres.ts")).openPostgres(where, versions, waits)
    : await (
        await import("./sqlite/open-sqlite.ts")
      ).openSqlite(where.replace(/^sqlite:/, ""), versions, makeFolders);
  return base.ok ? succeed(sqlStore(base.value, coordinator)) : base;
}

/** A path that was meant for a URL would be a new, empty store. Its text is not said again: it may have a password. */
function mistypedFault(where: string): string | undefined {
  if (/^(?:postgres(?:ql)?:\/\/|sqlite:|\.{0,2}\/)/.test(where)) return undefined;
  return /\/\/|@|^[a-z0-9+.-]+:/i.test(where)
    ? "--store is neither a URL of PostgreSQL nor a path: it is postgres://USER@HOST:5432/DATABASE, or a file such as ./store.db"
    : undefined;
}
