import { sql } from "kysely";
import type { Result } from "@roadrunner/core";
import { asResult, type Base } from "./base.ts";
import { dropExpired } from "./login-state.ts";
import { dropSilentCarriers } from "./signed-plans.ts";
import type { StoreFault } from "./store.ts";

/** So many rows are removed by one statement, so that each is short. */
const AT_ONCE = 20_000;

/** What is answered in the end, and what nobody was there to answer. */
const WORDS_MS = 7 * 24 * 3_600_000;

interface Ages {
  readonly runsMs: number;
  readonly outputMs: number;
}

export async function pruneStore(
  base: Base,
  { runsMs, outputMs }: Ages,
): Promise<Result<{ readonly runs: number; readonly outputs: number }, StoreFault>> {
  return asResult(base, async () => {
    const runs = await pruneRuns(base, runsMs);
    const outputs = await pruneOutputs(base, outputMs);
    await base.db.deleteFrom("words").where("said_ms", "<", since(base, WORDS_MS)).execute();
    await dropExpired(base);
    await dropSilentCarriers(base);
    return { runs, outputs };
  });
}

function since({ dialect }: Base, ageMs: number) {
  return sql<number>`${dialect.nowMs} - ${sql.lit(ageMs)}`;
}

/** One that is being removed can neither be seen nor gone on with, and goes the next time if that is cut short. */
async function pruneRuns(base: Base, ageMs: number): Promise<number> {
  const { db, dialect } = base;
  await db
    .updateTable("runs")
    .set({ doomed: 1 })
    .where("verdict", "is not", null)
    .where("ended_ms", "<", since(base, ageMs))
    .where("lease_until_ms", "<=", dialect.nowMs)
    .execute();
  const doomed = await db
    .selectFrom("runs")
    .select(["run", "events"])
    .where("verdict", "is not", null)
    .where("doomed", "=", 1)
    .execute();
  for (const { run, events } of doomed) {
    for (let to = AT_ONCE; to < events + AT_ONCE; to += AT_ONCE)
      for (const table of ["outputs", "events"] as const)
        await db.deleteFrom(table).where("run", "=", run).where("number", "<=", to).execute();
    await db.deleteFrom("words").where("run", "=", run).execute();
    await db.deleteFrom("runs").where("run", "=", run).execute();
  }
  return doomed.length;
}

/** Of runs that have ended: who goes on with a run needs what it has. */
async function pruneOutputs(base: Base, ageMs: number): Promise<number> {
  const { db } = base;
  const old = await db
    .selectFrom("runs")
    .select(["run", "events"])
    .where("verdict", "is not", null)
    .where("ended_ms", "<", since(base, ageMs))
    .where("lease_until_ms", "<=", base.dialect.nowMs)
    .where((is) =>
      is.exists(is.selectFrom("outputs as o").select("o.run").where("o.run", "=", is.ref("runs.run"))),
    )
    .execute();
  let outputs = 0;
  for (const { run, events } of old)
    for (let to = AT_ONCE; to < events + AT_ONCE; to += AT_ONCE) {
      const { numDeletedRows } = await db
        .deleteFrom("outputs")
        .where("run", "=", run)
        .where("number", "<=", to)
        .executeTakeFirstOrThrow();
      outputs += Number(numDeletedRows);
    }
  return outputs;
}
