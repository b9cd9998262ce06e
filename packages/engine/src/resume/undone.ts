import type { RunEvent } from "@roadrunner/core";
import { hostKey, nameKey, type Names } from "./names.ts";

/** What was taken back in a slot: whoever goes on with it by taking hosts again takes these again, however they had ended. */
export interface Undone {
  /** Of the hosts that were taken back: their tasks in the job that is undone, and in the one that undoes. */
  readonly has: (task: Names) => boolean;
  /** By `nameKey`: the last attempts of tasks that undo. */
  readonly asked: ReadonlyMap<string, number>;
  readonly isUndo: (job: string) => boolean;
}

export function undoneIn(events: readonly RunEvent[], slot: number | undefined): Undone {
  const undoes = undosIn(events, slot);
  const hosts = new Set<string>();
  const asked = new Map<string, number>();
  for (const event of events) {
    if (event.type !== "task.asked" && event.type !== "task.ended") continue;
    const undone = event.slot === slot ? undoes.get(event.job) : undefined;
    if (undone === undefined || (event.type === "task.ended" && event.outcome === "skipped")) continue;
    hosts.add(hostKey(event));
    hosts.add(hostKey({ ...event, job: undone }));
    asked.set(nameKey(event), Math.max(event.attempt, asked.get(nameKey(event)) ?? 0));
  }
  return { has: (task) => hosts.has(hostKey(task)), asked, isUndo: (job) => undoes.has(job) };
}

/** Jobs of the slot that undo, and what each of them undoes. */
function undosIn([started]: readonly RunEvent[], slot: number | undefined): ReadonlyMap<string, string> {
  if (started?.type !== "run.started" || slot === undefined) return new Map();
  const { plan } = started;
  const { jobs = [] } = [...plan.slots, ...plan.finally][slot - 1] ?? {};
  return new Map(jobs.flatMap(({ name, undoes }) => (undoes === undefined ? [] : [[name, undoes] as const])));
}
