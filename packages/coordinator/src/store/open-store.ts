import { succeed, type Result } from "@roadrunner/core";
import type { Waits } from "./postgres/sound-pool.ts";
import { sqlStore } from "./sql-store.ts";
import type { Store, StoreFault } from "./store.ts";
import { VERSIONS } from "./versions/index.ts";

export interface OpenOptions {
  /** Of the tables; the last one is made. */
  readonly versions?: typeof VERSIONS;
  /** How long PostgreSQL is waited for; default: 5 s for a connection, 10 s for a statement. */
  readonly waits?: Waits;
}

/**
 * Opens the store at `postgres://…`, or in the SQLite file of this path (or `sqlite:PATH`), for one coordinator; makes
 * its tables, or those of this version from older ones. The error says why not, without a password.
 * @param coordinator its id; no two processes have the same one
 */
export async function openStore(
  where: string,
  coordinator: string,
  { versions = VERSIONS, waits }: OpenOptions = {},
): Promise<Result<Store, StoreFault>> {
  // Each is loaded when it is needed: SQLite is 12 MB of native code.
  const isServer = /^postgres(?:ql)?:/.test(where);
  const base = isServer
    ? await (await import("./postgres/open-postgres.ts")).openPostgres(where, versions, waits)
    : await (await import("./sqlite/open-sqlite.ts")).openSqlite(where.replace(/^sqlite:/, ""), versions);
  return base.ok ? succeed(sqlStore(base.value, coordinator)) : base;
}
