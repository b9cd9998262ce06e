import Libsql from "libsql";
import { Kysely } from "kysely";
import { fail, succeed, type Result } from "@roadrunner/core";
import { asResult, refused, type Base } from "../base.ts";
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
 */
export async function openSqlite(path: string, versions: readonly Step[]): Promise<Result<Base, StoreFault>> {
  const found = storeFile(path);
  if (!found.ok) return fail(refused(`no store can be had: ${found.error}`));
  const file = found.value;
  let database: Libsql.Database | undefined;
  try {
    database = new Libsql(file);
    const opened = prepare(database, file);
    if (!opened.ok) {
      database.close();
      return opened;
    }
    const open = database;
    const db = new Kysely<Tables>({ dialect: new FileDialect(open) });
    const base: Base = {
      kind: "sqlite",
      name: `the store ${file}`,
      db,
      dialect: sqliteDialect,
      fault: (error) => sqliteFault(file, error),
      close: () => db.destroy(),
    };
    const ready = await asResult(base, async () => {
      const migrated = await migrate(base, undefined, versions);
      if (migrated.ok) await db.updateTable("runs").set({ lease_until_ms: 0 }).execute();
      return migrated;
    });
    const done = ready.ok ? ready.value : ready;
    if (done.ok) return succeed(base);
    await db.destroy();
    return done;
  } catch (error) {
    database?.close();
    const fault = sqliteFault(file, error);
    if (fault === undefined) throw error;
    return fail(fault);
  }
}

function prepare(database: Libsql.Database, file: string): Result<void, StoreFault> {
  // Before the first look at the file: then it is locked for good, and the log needs no shared memory.
  database.pragma("locking_mode = exclusive");
  database.pragma("journal_mode = wal");
  database.pragma("synchronous = full");
  database.exec("begin exclusive; commit");
  const id = database.pragma("application_id", { simple: true });
  const { tables } = database.prepare("select count(*) as tables from sqlite_master").get() as {
    readonly tables: number;
  };
  if (tables > 0 && id !== APPLICATION_ID)
    return fail(refused(`${file} is the SQLite database of another program; name another file`));
  database.pragma(`application_id = ${APPLICATION_ID}`);
  return succeed(undefined);
}
