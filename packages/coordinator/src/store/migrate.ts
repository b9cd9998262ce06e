import { Migrator, sql, type Kysely, type Migration } from "kysely";
import { fail, succeed, type Result } from "@roadrunner/core";
import { refused, type Base } from "./base.ts";
import type { StoreFault } from "./store.ts";
import type { Step } from "./versions/index.ts";

/** Its table of versions. */
const TABLE = "versions";
const NAME = /^roadrunner-(\d{3})$/;

/** Where the tables are: a schema of PostgreSQL; undefined: the whole file. */
type Schema = string | undefined;

/** Brings a store of an older version, or an empty database, to the newest one; one coordinator at a time. */
export async function migrate(
  base: Base,
  schema: Schema,
  versions: readonly Step[],
): Promise<Result<void, StoreFault>> {
  const { db } = base;
  const known = await whoseTables(base, schema, versions.length);
  if (!known.ok) return known;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => Promise.resolve(migrations(base, schema, versions)) },
    migrationTableName: TABLE,
    migrationLockTableName: `${TABLE}_lock`,
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
    nameComparator: (a, b) => (a < b ? -1 : 1),
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return succeed(undefined);
  // A newer coordinator may have been here in between.
  const now = await whoseTables(base, schema, versions.length);
  if (!now.ok) return now;
  throw error;
}

function migrations({ dialect }: Base, schema: Schema, versions: readonly Step[]): Record<string, Migration> {
  return Object.fromEntries(
    versions.map((step, index) => [
      `roadrunner-${String(index + 1).padStart(3, "0")}`,
      {
        up: (db: Kysely<unknown>) => step(schema === undefined ? db : db.withSchema(schema), dialect),
      },
    ]),
  );
}

async function whoseTables(base: Base, schema: Schema, newest: number): Promise<Result<void, StoreFault>> {
  const { db, name } = base;
  const tables = (await db.introspection.getTables({ withInternalKyselyTables: true })).filter(
    (table) => schema === undefined || table.schema === schema,
  );
  if (tables.length === 0) return succeed(undefined);
  const where = schema === undefined ? name : `the schema ${schema} of ${name}`;
  const cure = schema === undefined ? "name another file" : "name another database";
  const others = fail(refused(`${where} belongs to another program; ${cure}`));
  if (!tables.some((table) => table.name === TABLE)) return others;
  const table = schema === undefined ? sql.table(TABLE) : sql.id(schema, TABLE);
  const { rows } = await sql<Record<string, unknown>>`select * from ${table}`.execute(db);
  const numbers = rows.map((row) => Number(NAME.exec(String(row["name"]))?.[1] ?? Number.NaN));
  if (numbers.some((number) => Number.isNaN(number))) return others;
  const there = Math.max(0, ...numbers);
  if (there <= newest) return succeed(undefined);
  return fail(
    refused(
      `${name} is of version ${there}, and this rr-coordinator knows those up to ${newest}; ` +
        "start the newer rr-coordinator, or restore a backup from before it",
    ),
  );
}
