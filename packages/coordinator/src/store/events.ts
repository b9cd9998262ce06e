import { sql, type Kysely, type RawBuilder, type UpdateObject } from "kysely";
import { fail, succeed, type Result, type RunEvent } from "@roadrunner/core";
import type { RunRow } from "@roadrunner/engine/api";
import { asResult, refused, type Base, type Pair } from "./base.ts";
import { joinEvent, partEvent, type PartedEvent } from "./parted-event.ts";
import type { Numbered, Owned, StoreFault } from "./store.ts";
import type { Bit, Tables } from "./tables.ts";

/** Characters of the events of one page; one that is larger is a page of its own. */
const PAGE_SIZE = 4 * 1024 * 1024;

type Appended = Result<void, StoreFault | { readonly kind: "lost" }>;

/** What a batch makes of its run. */
interface Batch {
  readonly owned: Owned;
  /** The number of the event before the first one. */
  readonly before: number;
  readonly parted: readonly PartedEvent[];
  /** The verdict when these have happened; null: open again; undefined: as before. */
  readonly verdict: string | null | undefined;
  readonly row: RunRow | undefined;
}

export async function appendEvents(
  base: Base,
  owned: Owned,
  first: number,
  events: readonly RunEvent[],
  row?: RunRow,
): Promise<Appended> {
  const kept = events.filter(({ type }) => type !== "task.output");
  const parted = kept.map((event) => partEvent(event));
  const batch = { owned, before: first - 1, parted, verdict: verdictAfter(kept), row };
  const done = await asResult(base, async () => {
    if (await write(base, batch)) return succeed(undefined);
    return whatIsThere(base, batch);
  });
  return done.ok ? done.value : done;
}

function verdictAfter(events: readonly RunEvent[]): string | null | undefined {
  const last = events.findLast(({ type }) => type === "run.ended" || type === "run.resumed");
  if (last === undefined) return undefined;
  return last.type === "run.ended" ? last.verdict : null;
}

/** False: nothing was written, as the run is not as this batch takes it to be. */
async function write(base: Base, batch: Batch): Promise<boolean> {
  const { db, dialect } = base;
  const { parted } = batch;
  if (parted.length === 0) return (await holding(base, batch, db).execute()).length === 1;

  const pairs = JSON.stringify(parted.map(({ event, output }) => [event, output ?? null]));
  const outputs = parted.some(({ output }) => output !== undefined);
  if (!dialect.many) {
    const given = sql<Pair>`(${dialect.pairs(pairs)})`;
    return db.transaction().execute(async (transaction) => {
      if ((await holding(base, batch, transaction).execute()).length === 0) return false;
      await insertEvents(batch, transaction, given).execute();
      if (outputs) await insertOutputs(base, batch, transaction, given).execute();
      return true;
    });
  }

  // One statement, and so one way to the server and back. It takes the run's row: a takeover waits for it, or is seen.
  const given = sql<Pair>`(select given.* from given, held)`;
  const { rows } = await sql`
    with given as (${dialect.pairs(pairs)}),
      held as (${holding(base, batch, db)}),
      written as (${insertEvents(batch, db, given)})
      ${outputs ? sql`, kept as (${insertOutputs(base, batch, db, given)})` : sql``}
    select run from held`.execute(db);
  return rows.length === 1;
}

/** Finds the run as this batch takes it to be, and changes it. */
function holding({ dialect }: Base, { owned, before, parted, verdict, row }: Batch, db: Kysely<Tables>) {
  const changes: UpdateObject<Tables, "runs"> = { events: before + parted.length };
  if (row !== undefined) changes.row_json = JSON.stringify(row);
  if (verdict !== undefined) changes.verdict = verdict;
  if (verdict === null) changes.ended_ms = null;
  // What is left to do of a run that has ended is nobody's, and needs no secrets.
  if (typeof verdict === "string")
    Object.assign(changes, { ended_ms: dialect.nowMs, lease_until_ms: 0, hand_over: "", secrets: null });
  return db
    .updateTable("runs")
    .set(changes)
    .where("run", "=", owned.run)
    .where("epoch", "=", owned.epoch)
    .where("events", "=", before)
    .where("doomed", "=", 0)
    .returning("run");
}

function insertEvents({ owned, before }: Batch, db: Kysely<Tables>, given: RawBuilder<Pair>) {
  return db
    .insertInto("events")
    .columns(["run", "number", "event", "size", "has_output"])
    .expression(
      db
        .selectFrom(given.as("g"))
        .select([
          sql.val(owned.run).as("run"),
          sql<number>`g.number + ${sql.lit(before)}`.as("number"),
          "g.one as event",
          sql<number>`length(g.one) + coalesce(length(g.other), 0)`.as("size"),
          sql<Bit>`case when g.other is null then 0 else 1 end`.as("has_output"),
        ]),
    );
}

function insertOutputs(
  { dialect }: Base,
  { owned, before }: Batch,
  db: Kysely<Tables>,
  given: RawBuilder<Pair>,
) {
  return db
    .insertInto("outputs")
    .columns(["run", "number", "output", "stored_ms"])
    .expression(
      db
        .selectFrom(given.as("g"))
        .where("g.other", "is not", null)
        .select([
          sql.val(owned.run).as("run"),
          sql<number>`g.number + ${sql.lit(before)}`.as("number"),
          sql<string>`g.other`.as("output"),
          dialect.nowMs.as("stored_ms"),
        ]),
    );
}

/** Why nothing was written: the run has another owner, or the batch is there from an append with an unclear end. */
async function whatIsThere(base: Base, batch: Batch): Promise<Appended> {
  const { owned, before, parted } = batch;
  const run = await base.db
    .selectFrom("runs")
    .select(["epoch", "events"])
    .where("run", "=", owned.run)
    .where("doomed", "=", 0)
    .executeTakeFirst();
  if (run === undefined)
    return fail(
      refused(`${base.name} has no run ${owned.run} any more: it was removed; nothing more is kept of it`),
    );
  if (run.epoch !== owned.epoch) return fail({ kind: "lost" });
  const rows = await selectTexts(base, owned.run, before + 1, parted.length);
  const isOurs = rows.every(
    ({ event, output }, index) => event === parted[index]?.event && output === (parted[index].output ?? null),
  );
  if (rows.length === 0 || !isOurs)
    throw new Error(`bug: events of run ${owned.run} after ${before} are others`);
  if (rows.length === parted.length) return succeed(undefined);
  // More has happened since: the rest of it follows.
  const rest = { ...batch, before: run.events, parted: parted.slice(rows.length) };
  return (await write(base, rest)) ? succeed(undefined) : fail({ kind: "lost" });
}

function selectTexts({ db }: Base, run: string, from: number, limit: number) {
  return db
    .selectFrom("events as e")
    .leftJoin("outputs as o", (on) => on.onRef("o.run", "=", "e.run").onRef("o.number", "=", "e.number"))
    .select(["e.event", "o.output"])
    .where("e.run", "=", run)
    .where("e.number", ">=", from)
    .where("e.number", "<", from + limit)
    .orderBy("e.number")
    .execute();
}

/** So many at most, and fewer where they are large: only of nothing there is no more. */
export async function readEvents(
  base: Base,
  run: string,
  from: number,
  limit: number,
): Promise<Result<readonly Numbered[], StoreFault>> {
  return asResult(base, async () => {
    const rows = await base.db
      .with("sized", (to) =>
        to
          .selectFrom("events")
          .select(["number", "size", sql<number>`sum(size) over (order by number)`.as("total")])
          .where("run", "=", run)
          .where("number", ">=", from)
          .where("number", "<", from + limit),
      )
      .selectFrom("sized as s")
      .innerJoin("events as e", (on) => on.onRef("e.number", "=", "s.number").on("e.run", "=", run))
      .leftJoin("outputs as o", (on) => on.onRef("o.number", "=", "s.number").on("o.run", "=", run))
      .select(["e.number", "e.event", "e.has_output", "o.output"])
      .where(sql<number>`s.total - s.size`, "<", sql.lit(PAGE_SIZE))
      .orderBy("s.number")
      .execute();
    return rows.map(({ number, event, has_output, output }) => ({
      number,
      event: joinEvent(event, has_output === 1, output),
    }));
  });
}
