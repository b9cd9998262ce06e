import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Dialect } from "../base.ts";

export async function toVersion1(db: Kysely<unknown>, { countedKey, plainText }: Dialect): Promise<void> {
  await db.schema
    .createTable("runs")
    .addColumn("run", plainText, (column) => column.primaryKey())
    .addColumn("flow", plainText, (column) => column.notNull())
    .addColumn("handed_by", "text", (column) => column.notNull())
    .addColumn("concurrent", "integer", (column) => column.notNull())
    .addColumn("owner", "text")
    .addColumn("epoch", "bigint", (column) => column.notNull())
    .addColumn("lease_until_ms", "bigint", (column) => column.notNull())
    .addColumn("events", "bigint", (column) => column.notNull())
    .addColumn("hand_over", "text", (column) => column.notNull())
    .addColumn("secrets", "text")
    .addColumn("verdict", "text")
    .addColumn("ended_ms", "bigint")
    .addColumn("row_json", "text")
    .addColumn("doomed", "integer", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("runs_of_flow")
    .unique()
    .on("runs")
    .column("flow")
    .where(sql.ref("verdict"), "is", null)
    .where(sql.ref("concurrent"), "=", sql.lit(0))
    .execute();
  await db.schema
    .createIndex("runs_open")
    .on("runs")
    .column("run")
    .where(sql.ref("verdict"), "is", null)
    .execute();
  await db.schema.createIndex("runs_by_flow").on("runs").columns(["flow", "run"]).execute();
  await db.schema
    .createTable("events")
    .addColumn("run", plainText, (column) => column.notNull())
    .addColumn("number", "bigint", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("size", "bigint", (column) => column.notNull())
    .addColumn("has_output", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("events_key", ["run", "number"])
    .execute();
  await db.schema
    .createTable("outputs")
    .addColumn("run", plainText, (column) => column.notNull())
    .addColumn("number", "bigint", (column) => column.notNull())
    .addColumn("output", "text", (column) => column.notNull())
    .addColumn("stored_ms", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("outputs_key", ["run", "number"])
    .execute();
  await db.schema
    .createTable("words")
    .addColumn("id", countedKey)
    .addColumn("run", plainText, (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("job", "text")
    .addColumn("said_ms", "bigint", (column) => column.notNull())
    .addColumn("answer", "text")
    .addColumn("done", "integer")
    .execute();
  await db.schema.createIndex("words_of_run").on("words").column("run").execute();
}
