import { defined, fail, succeed, type Result } from "@roadrunner/core";
import { asResult, refused, type Base } from "./base.ts";
import type { StoreFault, Word } from "./store.ts";

export async function sayWord(base: Base, word: Omit<Word, "id">): Promise<Result<number, StoreFault>> {
  const { db, dialect } = base;
  return asResult(base, async () => {
    const { id } = await db
      .insertInto("words")
      .values({
        ...{ run: word.run, kind: word.kind, said_ms: dialect.nowMs },
        ...{ job: word.job ?? null, said_by: word.by ?? null },
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  });
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
