import { sql, type ExpressionBuilder } from "kysely";
import { defined, type Result } from "@roadrunner/core";
import { asResult, type Base } from "./base.ts";
import type { Signed, SignedAnew, SignedPlans } from "./logins.ts";
import type { StoreFault } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Whoever has not said for so long that it may come to carry runs, will not. */
const CARRIER_MS = 24 * 3_600_000;
/** Whoever has not said so for so long is not there just now. */
const THERE_MS = 30_000;

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

/** Operators sign for it still: it may come back. */
export async function carrierLeaves(base: Base, fingerprint: string): Promise<Result<void, StoreFault>> {
  return asResult(base, async () => {
    await base.db
      .updateTable("carriers")
      .set({ announced_ms: ago(base, THERE_MS) })
      .where("fingerprint", "=", fingerprint)
      .execute();
  });
}

/** Those that may come to carry runs, or, `now`, are there. */
export async function findCarriers(
  base: Base,
  when: "day" | "now",
): Promise<Result<readonly string[], StoreFault>> {
  return asResult(base, async () => {
    const rows = await base.db
      .selectFrom("carriers")
      .select("fingerprint")
      .where("announced_ms", ">", ago(base, when === "day" ? CARRIER_MS : THERE_MS))
      .orderBy("fingerprint")
      .execute();
    return rows.map(({ fingerprint }) => fingerprint);
  });
}

export async function dropSilentCarriers(base: Base): Promise<void> {
  await base.db.deleteFrom("carriers").where("announced_ms", "<=", ago(base, CARRIER_MS)).execute();
}

/** A run that is about to be open again is open here. */
export async function signPlan(
  base: Base,
  run: string,
  anew: SignedAnew,
): Promise<Result<Signed, StoreFault>> {
  const { db, dialect } = base;
  return asResult(base, async () => {
    const rows = await db
      .updateTable("runs")
      .set(signedColumns(anew))
      .where("run", "=", run)
      .where("doomed", "=", 0)
      .where((is) => is.or([is("verdict", "is", null), is("lease_until_ms", ">", dialect.nowMs)]))
      .where(isStill(anew))
      .returning("run")
      .execute();
    if (rows.length === 1) return "signed";
    const there = await selectSigned(base, run);
    return there === undefined || there.signed === (anew.insteadOf ?? null) ? "notOpen" : "otherNow";
  });
}

export async function findSignedPlans(base: Base, run: string): Promise<Result<SignedPlans, StoreFault>> {
  return asResult(base, async () => {
    const row = await selectSigned(base, run);
    return {
      ...defined({ signed: row?.signed ?? undefined }),
      before: row?.signed_before == null ? [] : (JSON.parse(row.signed_before) as readonly string[]),
    };
  });
}

/** As a run keeps them. */
export function signedColumns({ signed, before }: SignedAnew) {
  return { signed, signed_before: before.length === 0 ? null : JSON.stringify(before) };
}

/** Whether what counts is what was looked at. */
export function isStill({ insteadOf }: Pick<SignedAnew, "insteadOf">) {
  return (is: ExpressionBuilder<Tables, "runs">) =>
    insteadOf === undefined ? is("signed", "is", null) : is("signed", "=", insteadOf);
}

async function selectSigned({ db }: Base, run: string) {
  return db
    .selectFrom("runs")
    .select(["signed", "signed_before"])
    .where("run", "=", run)
    .where("doomed", "=", 0)
    .executeTakeFirst();
}

function ago({ dialect }: Base, ms: number) {
  return sql<number>`${dialect.nowMs} - ${sql.lit(ms)}`;
}
