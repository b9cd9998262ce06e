import { sql, type SqlBool } from "kysely";
import type { Dialect, Pair } from "../base.ts";

/** What an index has room for. */
const MOST_INDEXED = 200;

export const postgresDialect: Dialect = {
  nowMs: sql<number>`(extract(epoch from now()) * 1000)::bigint`,
  countedKey: sql`bigint generated always as identity primary key`,
  plainText: sql`text collate "C"`,
  pairs: (json) =>
    sql<Pair>`select number, pair ->> 0 as one, pair ->> 1 as other
      from json_array_elements(${json}::json) with ordinality as pairs (pair, number)`,
  ends: {
    is: sql<SqlBool>`position('"type":"task.ended"' in event) > 0`,
    // Its JSON cannot tell what has U+0000, and would not take the event.
    host: sql<string>`left(substring(event from '"host":"([^"]*)"'), ${sql.lit(MOST_INDEXED)}) collate "C"`,
    job: sql<string>`left(substring(event from '"job":"([^"]*)"'), ${sql.lit(MOST_INDEXED)}) collate "C"`,
    key: (name) =>
      Array.from(JSON.stringify(name).slice(1).split('"', 1)[0] ?? "")
        .slice(0, MOST_INDEXED)
        .join(""),
    has: (text) => sql<SqlBool>`position(${text} in event) > 0`,
  },
  many: true,
};
