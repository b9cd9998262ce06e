import { sql, type ExpressionBuilder } from "kysely";
import { defined, fail, succeed, type Result } from "@roadrunner/core";
import { asResult, LEASE_MS, refused, type Base } from "./base.ts";
import { openRunOf } from "./runs.ts";
import type { SignedAnew } from "./logins.ts";
import { isStill, signedColumns } from "./signed-plans.ts";
import type { Owned, StoreFault, TakenOver } from "./store.ts";
import type { RunTable, Tables } from "./tables.ts";

const TAKEN_OVER = ["run", "epoch", "hand_over", "secrets", "principal", "signed"] as const;

/** SQLite bears an expression of 1000 levels. */
const AT_ONCE = 200;

function leaseEnd({ dialect }: Base) {
  return sql<number>`${dialect.nowMs} + ${sql.lit(LEASE_MS)}`;
}

const nextEpoch = (eb: ExpressionBuilder<Tables, "runs">) => eb("epoch", "+", 1);

/** A run that has ended keeps no lease, and is this coordinator's all the same. */
export async function renewLeases(
  base: Base,
  coordinator: string,
  owned: readonly Owned[],
): Promise<Result<readonly Owned[], StoreFault>> {
  return asResult(base, async () => {
    const renewed: Owned[] = [];
    for (let from = 0; from < owned.length; from += AT_ONCE)
      renewed.push(...(await renewSome(base, coordinator, owned.slice(from, from + AT_ONCE))));
    return renewed;
  });
}

async function renewSome(
  base: Base,
  coordinator: string,
  owned: readonly Owned[],
): Promise<readonly Owned[]> {
  return base.forLeases
    .updateTable("runs")
    .set({
      lease_until_ms: sql<number>`case when verdict is null or lease_until_ms > 0 then ${leaseEnd(base)} else 0 end`,
    })
    .where("owner", "=", coordinator)
    .where((is) => is.or(owned.map(({ run, epoch }) => is.and({ run, epoch }))))
    .returning(["run", "epoch"])
    .execute();
}

export async function claimRuns(
  base: Base,
  coordinator: string,
  limit: number,
  but: readonly string[] = [],
): Promise<Result<readonly TakenOver[], StoreFault>> {
  const { forLeases, dialect } = base;
  return asResult(base, async () => {
    // What another coordinator is taking just now is passed over.
    const rows = await forLeases
      .with(
        // Looked at once: a plan that asked it again would take more than the limit.
        (name) => name("free").materialized(),
        (to) =>
          to
            .selectFrom("runs")
            .select("run")
            .where("verdict", "is", null)
            .where("lease_until_ms", "<=", dialect.nowMs)
            .$if(but.length > 0, (query) => query.where("run", "not in", but))
            .orderBy("run")
            .limit(limit)
            .$if(dialect.many, (query) => query.forUpdate().skipLocked()),
      )
      .updateTable("runs")
      .set((eb) => ({ epoch: nextEpoch(eb), owner: coordinator, lease_until_ms: leaseEnd(base) }))
      .where("run", "in", (from) => from.selectFrom("free").select("free.run"))
      .returning(TAKEN_OVER)
      .execute();
    return rows.map(takenOver);
  });
}

/** It is open again with the event `run.resumed`. */
export async function reopenRun(
  base: Base,
  coordinator: string,
  run: string,
  handOver: string,
  { secrets, anew }: { readonly secrets?: string; readonly anew?: SignedAnew } = {},
): Promise<Result<TakenOver | undefined, StoreFault>> {
  const { db, dialect } = base;
  const done = await asResult(base, async (): Promise<Result<TakenOver | undefined, StoreFault>> => {
    const there = await db
      .selectFrom("runs")
      .select(["flow", "concurrent", "verdict"])
      .where("run", "=", run)
      .executeTakeFirst();
    if (there?.verdict != null && there.concurrent === 0) {
      const open = await openRunOf(base, there.flow, run);
      if (open !== undefined) return fail(flowRuns(there.flow, open));
    }
    const [row] = await db
      .updateTable("runs")
      .set((eb) => ({
        epoch: nextEpoch(eb),
        owner: coordinator,
        lease_until_ms: leaseEnd(base),
        hand_over: handOver,
        secrets: secrets ?? null,
        ...(anew === undefined ? {} : signedColumns(anew)),
      }))
      .where("run", "=", run)
      .where("doomed", "=", 0)
      .where("lease_until_ms", "<=", dialect.nowMs)
      .$if(anew !== undefined, (query) => query.where(isStill({ insteadOf: anew?.insteadOf })))
      .returning(TAKEN_OVER)
      .execute();
    return succeed(row === undefined ? undefined : takenOver(row));
  });
  return done.ok ? done.value : done;
}

export function flowRuns(flow: string, run: string): StoreFault {
  return refused(`flow ${flow} runs already: ${run} is open; wait until it has ended, then resume`);
}

export async function releaseRun(
  base: Base,
  coordinator: string,
  { run, epoch }: Owned,
): Promise<Result<void, StoreFault>> {
  return asResult(base, async () => {
    await base.db
      .updateTable("runs")
      .set({ owner: null, lease_until_ms: 0 })
      .where("run", "=", run)
      .where("epoch", "=", epoch)
      .where("owner", "=", coordinator)
      .execute();
  });
}

function takenOver(row: Pick<RunTable, (typeof TAKEN_OVER)[number]>): TakenOver {
  const { run, epoch, hand_over: handOver } = row;
  const [secrets, principal, signed] = [row.secrets, row.principal, row.signed].map(
    (one) => one ?? undefined,
  );
  return { run, epoch, handOver, ...defined({ secrets, principal, signed }) };
}
