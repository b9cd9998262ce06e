import type Libsql from "libsql";
import {
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  sql,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  CompiledQuery,
  type SqlBool,
} from "kysely";
import type { Dialect, Pair } from "../base.ts";

export const sqliteDialect: Dialect = {
  nowMs: sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
  countedKey: sql`integer primary key autoincrement`,
  plainText: sql`text`,
  pairs: (json) =>
    sql<Pair>`select key + 1 as number, value ->> 0 as one, value ->> 1 as other from json_each(${json})`,
  ends: {
    is: sql<SqlBool>`instr(event, '"type":"task.ended"') > 0`,
    host: sql<string>`json_extract(event, '$.host')`,
    job: sql<string>`json_extract(event, '$.job')`,
    key: (name) => name,
    has: (text) => sql<SqlBool>`instr(event, ${text}) > 0`,
  },
  many: false,
};

/** Kysely's, for a file in which tables are changed in transactions, and which may have ended one by itself. */
export class FileDialect extends SqliteDialect {
  readonly #file: Libsql.Database;

  constructor(file: Libsql.Database) {
    super({ database: file });
    this.#file = file;
  }

  override createAdapter(): DialectAdapter {
    return new FileAdapter();
  }

  override createDriver(): Driver {
    return new FileDriver(this.#file);
  }
}

class FileAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class FileDriver extends SqliteDriver {
  readonly #file: Libsql.Database;

  constructor(file: Libsql.Database) {
    super({ database: file });
    this.#file = file;
  }

  /** A full disk ends a transaction: to roll it back once more would hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#file.inTransaction) await connection.executeQuery(CompiledQuery.raw("rollback"));
  }
}
