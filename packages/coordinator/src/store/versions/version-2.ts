import { sql, type Kysely } from "kysely";
import type { Dialect } from "../base.ts";

/** Who handed a run over and who says something to it, the operator's word on its plan, what logins need, and ends of tasks by their names. */
export async function toVersion2(db: Kysely<unknown>, { plainText, ends }: Dialect): Promise<void> {
  for (const column of ["principal", "signed", "signed_before"])
    await db.schema
      .alterTable("runs")
      .addColumn(column, column === "principal" ? plainText : "text")
      .execute();
  await db.schema.alterTable("words").addColumn("said_by", "text").execute();
  await db.schema
    .createIndex("runs_by_principal")
    .on("runs")
    .columns(["principal", "run"])
    .where(sql.ref("principal"), "is not", null)
    .execute();
  await db.schema.createIndex("runs_by_hand").on("runs").columns(["handed_by", "run"]).execute();
  await db.schema.createIndex("runs_by_verdict").on("runs").columns(["verdict", "run"]).execute();
  await db.schema
    .createIndex("ends_of_task")
    .on("events")
    .column("run")
    .expression(sql`(${ends.host})`)
    .expression(sql`(${ends.job})`)
    .where(ends.is)
    .execute();
  await db.schema
    .createTable("tokens")
    .addColumn("digest", plainText, (column) => column.primaryKey())
    .addColumn("principal", "text", (column) => column.notNull())
    .addColumn("signer", "text", (column) => column.notNull())
    .addColumn("touch", "text")
    .addColumn("expires_ms", "bigint", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("tokens_by_end").on("tokens").column("expires_ms").execute();
  await db.schema
    .createTable("challenges")
    .addColumn("challenge", plainText, (column) => column.primaryKey())
    .addColumn("until_ms", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("challenge_key")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("key", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("carriers")
    .addColumn("fingerprint", plainText, (column) => column.primaryKey())
    .addColumn("announced_ms", "bigint", (column) => column.notNull())
    .execute();
}
