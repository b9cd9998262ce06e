import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { fail, succeed, type Result } from "@roadrunner/core";
import { asResult, refused, type Base } from "../base.ts";
import { migrate } from "../migrate.ts";
import type { StoreFault } from "../store.ts";
import type { Tables } from "../tables.ts";
import type { Step } from "../versions/index.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { postgresFault, type ServerName } from "./postgres-faults.ts";
import { serverFault, type Server } from "./server-fault.ts";
import { SoundPool, WAITS, type Waits } from "./sound-pool.ts";

/** All tables of ours are in it, so that the database may have others. */
const SCHEMA = "roadrunner";

/** A change of the tables takes as long as it takes. */
const MIGRATING = { statementMs: 600_000, answerMs: 610_000 };

/** Opens the store in the database at this URL, and makes its tables if they are not there. */
export async function openPostgres(
  url: string,
  versions: readonly Step[],
  waits: Waits = WAITS,
): Promise<Result<Base, StoreFault>> {
  const at = serverName(url);
  if (at === undefined)
    return fail(
      refused(
        "the URL of PostgreSQL cannot be read; it is postgres://USER@HOST:5432/DATABASE, in it %40 for @",
      ),
    );
  const base = baseAt(at, new SoundPool(url, waits), new SoundPool(url, waits, 1));
  let isReady = false;
  try {
    const ready = await asResult(base, async () => {
      const fit = await whetherFit(base, at);
      return fit.ok ? migrateAt(at, new SoundPool(url, { ...waits, ...MIGRATING }, 1), versions) : fit;
    });
    const done = ready.ok ? ready.value : ready;
    isReady = done.ok;
    return done.ok ? succeed(base) : done;
  } finally {
    if (!isReady) await base.close();
  }
}

async function migrateAt(
  at: ServerName,
  pool: SoundPool,
  versions: readonly Step[],
): Promise<Result<void, StoreFault>> {
  const base = baseAt(at, pool, pool);
  try {
    return await migrate(base, SCHEMA, versions);
  } finally {
    await base.close();
  }
}

/** Undefined: nothing can be read of it. Its text is in no message: it may have a password. */
function serverName(url: string): ServerName | undefined {
  try {
    const { host, port, database, user } = new pg.Client({ connectionString: url });
    if (database === undefined || user === undefined) return undefined;
    return { server: `${host}:${port}`, database, user };
  } catch {
    return undefined;
  }
}

/** @param leases has a connection for leases alone: they do not wait for what much is written */
function baseAt(at: ServerName, pool: SoundPool, leases: SoundPool): Base {
  const plain = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const forLeases = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: leases }) });
  return {
    kind: "postgres",
    name: `the database ${at.database} of PostgreSQL at ${at.server}`,
    db: plain.withSchema(SCHEMA),
    forLeases: forLeases.withSchema(SCHEMA),
    dialect: postgresDialect,
    fault: (error) => postgresFault(at, error),
    close: async () => {
      await Promise.all([plain.destroy(), forLeases.destroy()]);
    },
  };
}

async function whetherFit(base: Base, at: ServerName): Promise<Result<void, StoreFault>> {
  const { rows } = await sql<Server>`
    select current_setting('server_version') as version, current_setting('server_encoding') as encoding,
      pg_is_in_recovery() as standby`.execute(base.db);
  const fault = rows[0] && serverFault(at, rows[0]);
  return fault === undefined ? succeed(undefined) : fail(fault);
}
