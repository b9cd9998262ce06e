import { sql } from "kysely";
import { defined, type Result, type RunEvent } from "@roadrunner/core";
import { asResult, type Base } from "./base.ts";
import type { NumberedEnd, Store, StoreFault, WantedEnds } from "./store.ts";

type Task = Parameters<Store["ends"]>[0];

export async function findEnds(
  base: Base,
  task: Task,
  limit: number,
): Promise<Result<readonly NumberedEnd[], StoreFault>> {
  return asResult(base, async () => {
    const rows = await selectEnds(base, task, limit).execute();
    return rows
      .map(({ number, event }) => ({ number, event: JSON.parse(event) as RunEvent }))
      .filter((row): row is NumberedEnd => isOf(row.event, task));
  });
}

/** Those of the task, and maybe of some whose names are alike. */
export function selectEnds({ db, dialect }: Base, { run, host, job }: Task, limit: number) {
  const { ends } = dialect;
  return (
    db
      .selectFrom("events")
      .select(["number", "event"])
      .where("run", "=", run)
      .where(ends.is)
      .where(ends.host, "=", ends.key(host))
      .$if(job !== undefined, (query) => query.where(ends.job, "=", ends.key(job ?? "")))
      // By the bare number a database would rather go through the whole run in its order than sort some ends.
      .orderBy(sql`+number`, "desc")
      .limit(limit)
  );
}

/** Events of a run that are looked through at once where no index tells the host: a large file is read while all else waits. */
const LOOKED_THROUGH = 20_000;

export async function findEndsFrom(
  base: Base,
  wanted: WantedEnds,
  from: number,
  limit: number,
): Promise<Result<{ readonly ends: readonly NumberedEnd[]; readonly next?: number }, StoreFault>> {
  return asResult(base, async () => {
    const rows = await selectEndsFrom(base, wanted, from, limit + 1).execute();
    const ends = rows
      .slice(0, limit)
      .map(({ number, event }) => ({ number, event: JSON.parse(event) as RunEvent }))
      .filter((row): row is NumberedEnd => isOf(row.event, wanted));
    const next = rows[limit]?.number ?? (await nextAfter(base, wanted, from + LOOKED_THROUGH));
    return { ends, ...defined({ next }) };
  });
}

/** Those that are wanted, and maybe some that are alike. */
export function selectEndsFrom(
  { db, dialect }: Base,
  { run, host, job, outcome }: WantedEnds,
  from: number,
  limit: number,
) {
  const { ends } = dialect;
  // By a host's ends there is an index, which the bare number would keep a database from.
  const number = host === undefined ? sql<number>`number` : sql<number>`+number`;
  return db
    .selectFrom("events")
    .select(["number", "event"])
    .where("run", "=", run)
    .where(ends.is)
    .where(number, ">=", from)
    .$if(host === undefined, (query) => query.where("number", "<", from + LOOKED_THROUGH))
    .$if(host !== undefined, (query) => query.where(ends.host, "=", ends.key(host ?? "")))
    .$if(job !== undefined, (query) => query.where(ends.job, "=", ends.key(job ?? "")))
    .$if(outcome !== undefined, (query) => query.where(ends.has(`"outcome":"${outcome}"`)))
    .orderBy(number, "asc")
    .limit(limit);
}

/** Where there are events that were not looked through. */
async function nextAfter({ db }: Base, { run, host }: WantedEnds, end: number): Promise<number | undefined> {
  if (host !== undefined) return undefined;
  const found = await db
    .selectFrom("events")
    .select("number")
    .where("run", "=", run)
    .where("number", "=", end)
    .executeTakeFirst();
  return found?.number;
}

function isOf(event: RunEvent, { host, job, outcome }: Omit<WantedEnds, "run">): boolean {
  return (
    event.type === "task.ended" &&
    (host === undefined || event.host === host) &&
    (job === undefined || event.job === job) &&
    (outcome === undefined || event.outcome === outcome)
  );
}
