import Libsql from "libsql";
import { Kysely } from "kysely";
import { fail, succeed, type Result } from "@roadrunner/core";
import { refused, type Base } from "../base.ts";
import { migrate } from "../migrate.ts";
import type { StoreFault } from "../store.ts";
import type { Tables } from "../tables.ts";
import type { Step } from "../versions/index.ts";
import { FileDialect, sqliteDialect } from "./sqlite-dialect.ts";
import { sqliteFault } from "./sqlite-faults.ts";
import { storeFile } from "./store-file.ts";

/** Of the file's header: whose it is. */
const APPLICATION_ID = 0x72725374;

/**
 * Opens the store in a file for this process alone, and makes it if it is not there. Its open runs can be taken over at
 * once, since nobody else has it.
 * @param makeFolders see `OpenOptions`
 */
export async function openSqlite(
  path: string,
  versions: readonly Step[],
  makeFolders: boolean,
): Promise<Result<Base, StoreFault>> {
  const found = storeFile(path, makeFolders);
  if (!found.ok) return fail(refused(`no store can be had: ${found.error}`));
  const file = found.value;
  let database: Libsql.Database;
  try {
    database = new Libsql(file);
  } catch (error) {
    return failed(file, error);
  }
  let base: Base | undefined;
  let isOurs = false;
  try {
    const taken = takeFile(database, file);
    if (!taken.ok) return taken;
    isOurs = true;
    const prepared = baseOf(database, file);
    const migrated = await migrate(prepared, undefined, versions);
    if (!migrated.ok) return migrated;
    await prepared.db.updateTable("runs").set({ lease_until_ms: 0 }).execute();
    base = prepared;
    return succeed(base);
  } catch (error) {
    return failed(file, error);
  } finally {
    if (base === undefined) letGo(database, isOurs);
  }
}

function failed(file: string, error: unknown): Result<Base, StoreFault> {
  const fault = sqliteFault(file, error);
  if (fault === undefined) throw error;
  return fail(fault);
}

function baseOf(database: Libsql.Database, file: string): Base {
  const db = new Kysely<Tables>({ dialect: new FileDialect(database) });
  return {
    kind: "sqlite",
    name: `the store ${file}`,
    db,
    forLeases: db,
    dialect: sqliteDialect,
    fault: (error) => sqliteFault(file, error),
    close: async () => {
      // Waits for what is asked just now.
      await db.connection().execute(async () => Promise.resolve(letGo(database, true)));
      await db.destroy();
    },
  };
}

/** Locks the file for good, unless it is another program's. */
function takeFile(database: Libsql.Database, file: string): Result<void, StoreFault> {
  // Before the first look at it: then the log needs no memory that is shared with others.
  database.pragma("locking_mode = exclusive");
  const [header] = database.pragma("application_id") as readonly { readonly application_id: number }[];
  const [master] = database.prepare("select count(*) as tables from sqlite_master").all() as readonly {
    readonly tables: number;
  }[];
  if (master?.tables !== 0 && header?.application_id !== APPLICATION_ID)
    return fail(refused(`${file} is the SQLite database of another program; name another file`));
  database.pragma("journal_mode = wal");
  database.pragma("synchronous = full");
  database.exec("begin exclusive; commit");
  database.pragma(`application_id = ${APPLICATION_ID}`);
  return succeed(undefined);
}

/**
 * Has all in the one file if it is ours, and unlocks it: libsql keeps a file that was closed open until the last statement on it has
 * been collected.
 */
function letGo(database: Libsql.Database, isOurs: boolean): void {
  try {
    if (isOurs) database.pragma("journal_mode = delete");
    database.pragma("locking_mode = normal");
    database.prepare("select count(*) from sqlite_master").all();
  } catch {
    // Of a file that cannot be written, or was never locked, the log stays: whoever opens it next goes on from there.
  }
  database.close();
}
