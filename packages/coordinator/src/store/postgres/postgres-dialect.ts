import { sql } from "kysely";
import type { Dialect, Pair } from "../base.ts";

export const postgresDialect: Dialect = {
  nowMs: sql<number>`(extract(epoch from now()) * 1000)::bigint`,
  countedKey: sql`bigint generated always as identity primary key`,
  plainText: sql`text collate "C"`,
  pairs: (json) =>
    sql<Pair>`select number, pair ->> 0 as one, pair ->> 1 as other
      from json_array_elements(${json}::json) with ordinality as pairs (pair, number)`,
  many: true,
};
