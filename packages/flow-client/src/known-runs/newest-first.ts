import type { RunRow } from "@roadrunner/engine/api";

/** A row of a list, and the coordinator that has the run; absent: this box has it. */
export type ListedRow = RunRow & { readonly coordinator?: string };

/** Length of `20261124-091612`. */
const SECOND = 15;

/** By the seconds in their ids, and those of one second by when they started, since the rest of an id is random. */
export function newestFirst<T extends Pick<RunRow, "run" | "started">>(rows: readonly T[]): readonly T[] {
  const keyOf = ({ run, started }: T): string => `${run.slice(0, SECOND)} ${started}`;
  return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : keyOf(a) > keyOf(b) ? -1 : 0));
}
