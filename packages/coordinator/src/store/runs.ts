import { sql } from "kysely";
import { defined, fail, succeed, type Result } from "@roadrunner/core";
import { runIdTime } from "@roadrunner/engine";
import type { RunRow } from "@roadrunner/engine/api";
import { asResult, LEASE_MS, unavailable, type Base } from "./base.ts";
import type { Accepted, KnownRun, Owned, RunFilter, StoreFault } from "./store.ts";
import type { Bit } from "./tables.ts";

type AcceptFault =
  StoreFault | { readonly kind: "flowRuns"; readonly run: string } | { readonly kind: "isThere" };

/** The open run that stands in the way may end just now. */
const ATTEMPTS = 3;

export async function acceptRun(
  base: Base,
  coordinator: string,
  accepted: Accepted,
): Promise<Result<Owned, AcceptFault>> {
  const done = await asResult(base, async (): Promise<Result<Owned, AcceptFault>> => {
    const owned = { run: accepted.run, epoch: 1 };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (await insertRun(base, coordinator, accepted)) return succeed(owned);
      const there = await base.db
        .selectFrom("runs")
        .select(["owner", "epoch", "hand_over", "principal"])
        .where("run", "=", accepted.run)
        .executeTakeFirst();
      if (there !== undefined) {
        // Accepted before, with an unclear end.
        const isOurs =
          there.owner === coordinator &&
          there.epoch === 1 &&
          there.hand_over === accepted.handOver &&
          there.principal === (accepted.principal ?? null);
        return isOurs ? succeed(owned) : fail({ kind: "isThere" });
      }
      const open = accepted.concurrent ? undefined : await openRunOf(base, accepted.flow);
      if (open !== undefined) return fail({ kind: "flowRuns", run: open });
    }
    return fail(unavailable(`runs of flow ${accepted.flow} come and go just now: hand it over once more`));
  });
  return done.ok ? done.value : done;
}

/** False: there is a run of that id, or one of its flow is open. */
async function insertRun({ db, dialect }: Base, coordinator: string, run: Accepted): Promise<boolean> {
  const open = db
    .selectFrom("runs as other")
    .select("other.run")
    .where("other.flow", "=", run.flow)
    .where("other.verdict", "is", null);
  const inserted = await db
    .insertInto("runs")
    .columns([
      "run",
      "flow",
      "handed_by",
      "concurrent",
      "owner",
      "epoch",
      "lease_until_ms",
      "events",
      "hand_over",
      "secrets",
      "doomed",
      "principal",
      "signed",
    ])
    .expression(
      db
        .selectNoFrom([
          sql.val(run.run).as("run"),
          sql.val(run.flow).as("flow"),
          sql.val(run.by).as("handed_by"),
          sql.lit<Bit>(run.concurrent ? 1 : 0).as("concurrent"),
          sql.val(coordinator).as("owner"),
          sql.lit(1).as("epoch"),
          sql<number>`${dialect.nowMs} + ${sql.lit(LEASE_MS)}`.as("lease_until_ms"),
          sql.lit(0).as("events"),
          sql.val(run.handOver).as("hand_over"),
          sql.val(run.secrets ?? null).as("secrets"),
          sql.lit<Bit>(0).as("doomed"),
          sql.val(run.principal ?? null).as("principal"),
          sql.val(run.signed ?? null).as("signed"),
        ])
        .where((is) => is.or([is.lit(run.concurrent), is.not(is.exists(open))])),
    )
    .onConflict((on) => on.doNothing())
    .returning("run")
    .execute();
  return inserted.length === 1;
}

/** The newest open run of a flow. */
export async function openRunOf({ db }: Base, flow: string, but?: string): Promise<string | undefined> {
  const open = await db
    .selectFrom("runs")
    .select("run")
    .where("flow", "=", flow)
    .where("verdict", "is", null)
    .$if(but !== undefined, (query) => query.where("run", "!=", but ?? ""))
    .orderBy("run", "desc")
    .limit(1)
    .executeTakeFirst();
  return open?.run;
}

export async function findRun(
  base: Base,
  coordinator: string,
  run: string,
): Promise<Result<KnownRun | undefined, StoreFault>> {
  return asResult(base, async () => {
    const row = await selectRuns(base).where("run", "=", run).executeTakeFirst();
    return row === undefined ? undefined : knownRun(row, coordinator);
  });
}

export async function findHandOver(base: Base, run: string): Promise<Result<string | undefined, StoreFault>> {
  return asResult(base, async () => {
    const row = await base.db
      .selectFrom("runs")
      .select("hand_over")
      .where("run", "=", run)
      .where("doomed", "=", 0)
      .executeTakeFirst();
    return row?.hand_over;
  });
}

export async function findRunsBeginningWith(
  base: Base,
  coordinator: string,
  beginning: string,
  limit: number,
): Promise<Result<readonly KnownRun[], StoreFault>> {
  return asResult(base, async () => {
    const rows = await selectRuns(base)
      .where("run", ">=", beginning)
      // No character of an id comes after this one.
      .where("run", "<", `${beginning}~`)
      .orderBy("run", "desc")
      .limit(limit)
      .execute();
    return rows.map((row) => knownRun(row, coordinator));
  });
}

export async function listRuns(
  base: Base,
  coordinator: string,
  { flow, principal, by, state, sinceMs, untilMs, limit, before }: RunFilter,
): Promise<Result<readonly KnownRun[], StoreFault>> {
  return asResult(base, async () => {
    let query = selectRuns(base).orderBy("run", "desc").limit(limit);
    if (flow !== undefined) query = query.where("flow", "=", flow);
    if (principal !== undefined) query = query.where("principal", "=", principal);
    if (by !== undefined) query = query.where("handed_by", "=", by);
    if (before !== undefined) query = query.where("run", "<", before);
    if (sinceMs !== undefined) query = query.where("run", ">=", runIdTime(sinceMs));
    if (untilMs !== undefined) query = query.where("run", "<", runIdTime(untilMs));
    if (state === "running" || state === "open")
      query = query.where("verdict", "is", null).where(carried(base), "=", state === "running" ? 1 : 0);
    else if (state !== undefined) query = query.where("verdict", "=", state);
    return (await query.execute()).map((row) => knownRun(row, coordinator));
  });
}

function selectRuns(base: Base) {
  return base.db
    .selectFrom("runs")
    .select(["run", "flow", "handed_by", "owner", "epoch", "events", "verdict", "row_json", "principal"])
    .select(carried(base).as("carried"))
    .where("doomed", "=", 0);
}

function carried({ dialect }: Base) {
  return sql<Bit>`case when owner is not null and lease_until_ms > ${dialect.nowMs} then 1 else 0 end`;
}

type RunColumns = Awaited<ReturnType<ReturnType<typeof selectRuns>["executeTakeFirstOrThrow"]>>;

function knownRun(row: RunColumns, coordinator: string): KnownRun {
  const isCarried = row.carried === 1;
  return {
    run: row.run,
    flow: row.flow,
    by: row.handed_by,
    epoch: row.epoch,
    carried: isCarried,
    mine: isCarried && row.owner === coordinator,
    ended: row.verdict !== null,
    events: row.events,
    ...(row.row_json === null ? {} : { row: JSON.parse(row.row_json) as RunRow }),
    ...defined({ principal: row.principal ?? undefined }),
  };
}
