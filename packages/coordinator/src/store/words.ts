import { sql } from "kysely";
import { defined, fail, succeed, type Result } from "@roadrunner/core";
import { asResult, refused, unavailable, type Base } from "./base.ts";
import type { StoreFault, Word } from "./store.ts";

/** That nobody has answered yet, of one run. */
const MOST_WAITING = 100;
/** Whoever said a word waits for its answer for less. */
const ANSWERED_MS = 60_000;

/** Words of a run that were answered a while ago go; where too many wait for an answer, it is refused. */
export async function sayWord(base: Base, word: Omit<Word, "id">): Promise<Result<number, StoreFault>> {
  const { db, dialect } = base;
  const done = await asResult(base, async (): Promise<Result<number, StoreFault>> => {
    await db
      .deleteFrom("words")
      .where("run", "=", word.run)
      .where("answer", "is not", null)
      .where("said_ms", "<", sql<number>`${dialect.nowMs} - ${sql.lit(ANSWERED_MS)}`)
      .execute();
    const waiting = await db
      .selectFrom("words")
      .select("id")
      .where("run", "=", word.run)
      .where("answer", "is", null)
      .limit(MOST_WAITING)
      .execute();
    if (waiting.length === MOST_WAITING)
      return fail(
        unavailable(
          `${MOST_WAITING} words to run ${word.run} wait for whoever carries it, and no more are kept; what was said stands: try again in a minute`,
        ),
      );
    const { id } = await db
      .insertInto("words")
      .values({
        ...{ run: word.run, kind: word.kind, said_ms: dialect.nowMs },
        ...{ job: word.job ?? null, said_by: word.by ?? null },
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return succeed(id);
  });
  return done.ok ? done.value : done;
}

/** Oldest first. */
export async function openWords(
  base: Base,
  coordinator: string,
): Promise<Result<readonly Word[], StoreFault>> {
  const { db, dialect } = base;
  return asResult(base, async () => {
    const rows = await db
      .selectFrom("words as w")
      .innerJoin("runs as r", "r.run", "w.run")
      .select(["w.id", "w.run", "w.kind", "w.job", "w.said_by"])
      .where("w.answer", "is", null)
      .where("r.owner", "=", coordinator)
      .where("r.lease_until_ms", ">", dialect.nowMs)
      .orderBy("w.id")
      .execute();
    return rows.map(({ id, run, kind, job, said_by: by }) => ({
      id,
      run,
      kind: kind as Word["kind"],
      ...defined({ job: job ?? undefined, by: by ?? undefined }),
    }));
  });
}

/** The first answer stays. */
export async function answerWord(
  base: Base,
  id: number,
  text: string,
  done: boolean,
): Promise<Result<void, StoreFault>> {
  return asResult(base, async () => {
    await base.db
      .updateTable("words")
      .set({ answer: text, done: done ? 1 : 0 })
      .where("id", "=", id)
      .where("answer", "is", null)
      .execute();
  });
}

export async function findAnswer(
  base: Base,
  id: number,
): Promise<Result<{ readonly text: string; readonly done: boolean } | undefined, StoreFault>> {
  const found = await asResult(base, () =>
    base.db.selectFrom("words").select(["answer", "done"]).where("id", "=", id).executeTakeFirst(),
  );
  if (!found.ok) return found;
  if (found.value === undefined)
    return fail(refused(`${base.name} has no word ${id} any more: its run was removed`));
  const { answer, done } = found.value;
  return succeed(answer === null ? undefined : { text: answer, done: done === 1 });
}
