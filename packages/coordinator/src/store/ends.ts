import { sql } from "kysely";
import type { Result, RunEvent } from "@roadrunner/core";
import { asResult, type Base } from "./base.ts";
import type { NumberedEnd, Store, StoreFault } from "./store.ts";

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

function isOf(event: RunEvent, { host, job }: Task): boolean {
  return event.type === "task.ended" && event.host === host && (job === undefined || event.job === job);
}
