import { sql } from "kysely";
import type { Result } from "@roadrunner/core";
import { asResult, type Base } from "./base.ts";
import type { StoreFault } from "./store.ts";

/** Whoever has not said for so long that it may come to carry runs, will not. */
const CARRIER_MS = 24 * 3_600_000;

export async function announceCarrier(base: Base, fingerprint: string): Promise<Result<void, StoreFault>> {
  const { db, dialect } = base;
  return asResult(base, async () => {
    await db
      .insertInto("carriers")
      .values({ fingerprint, announced_ms: dialect.nowMs })
      .onConflict((on) => on.column("fingerprint").doUpdateSet({ announced_ms: dialect.nowMs }))
      .execute();
  });
}

export async function findCarriers(base: Base): Promise<Result<readonly string[], StoreFault>> {
  return asResult(base, async () => {
    const rows = await base.db
      .selectFrom("carriers")
      .select("fingerprint")
      .where("announced_ms", ">", dayAgo(base))
      .orderBy("fingerprint")
      .execute();
    return rows.map(({ fingerprint }) => fingerprint);
  });
}

export async function dropSilentCarriers(base: Base): Promise<void> {
  await base.db.deleteFrom("carriers").where("announced_ms", "<=", dayAgo(base)).execute();
}

/** A run that is about to be open again is open here. */
export async function signPlan(
  base: Base,
  run: string,
  signed: string,
): Promise<Result<boolean, StoreFault>> {
  const { db, dialect } = base;
  return asResult(base, async () => {
    const rows = await db
      .updateTable("runs")
      .set({ signed })
      .where("run", "=", run)
      .where("doomed", "=", 0)
      .where((is) => is.or([is("verdict", "is", null), is("lease_until_ms", ">", dialect.nowMs)]))
      .returning("run")
      .execute();
    return rows.length === 1;
  });
}

export async function findSignedPlan(
  base: Base,
  run: string,
): Promise<Result<string | undefined, StoreFault>> {
  return asResult(base, async () => {
    const row = await base.db
      .selectFrom("runs")
      .select("signed")
      .where("run", "=", run)
      .where("doomed", "=", 0)
      .executeTakeFirst();
    return row?.signed ?? undefined;
  });
}

function dayAgo({ dialect }: Base) {
  return sql<number>`${dialect.nowMs} - ${sql.lit(CARRIER_MS)}`;
}
