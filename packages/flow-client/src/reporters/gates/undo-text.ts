import { foldHosts, isFailure } from "@roadrunner/core";
import type { JobStanding, JobStory } from "@roadrunner/engine/story";
import { clip } from "../text/safe-text.ts";
import { counted } from "../text/words.ts";

const MAX_WIDTH = 1000;

/** What has become of a job's hosts by what undoes it. */
export interface Undone {
  readonly undone: readonly string[];
  readonly failed: readonly string[];
  /** It was stopped before them, or is not so far. */
  readonly left: readonly string[];
}

/** Undefined where nothing undoes the job, or has begun to. */
export function undoneOf({ undoneBy }: Pick<JobStanding, "undoneBy">): Undone | undefined {
  if (undoneBy === undefined) return undefined;
  const told = { undone: [] as string[], failed: [] as string[], left: [] as string[] };
  for (const [host, outcome] of undoneBy.ended)
    told[outcome === "ok" ? "undone" : isFailure(outcome) ? "failed" : "left"].push(host);
  return told;
}

/** `undone: 6 hosts; undo failed on fe3; not undone: fe9`. With `names` all hosts are named. */
export function undoText(job: Pick<JobStanding, "undoneBy">, names = false): string | undefined {
  const told = undoneOf(job);
  if (told === undefined) return undefined;
  const { undone, failed, left } = told;
  const fold = (hosts: readonly string[]): string => clip(foldHosts([...hosts]), MAX_WIDTH);
  const named = names && undone.length > 0 ? ` (${fold(undone)})` : "";
  return [
    `undone: ${counted(undone.length, "host")}${named}`,
    ...(failed.length === 0 ? [] : [`undo failed on ${fold(failed)}`]),
    ...(left.length === 0 ? [] : [`not undone: ${fold(left)}`]),
  ].join("; ");
}

/** Behind the outcome of a host: `, then undone`, `, undo failed`. */
export function thenUndone({ undoneBy }: Pick<JobStory, "undoneBy">, host: string): string {
  const outcome = undoneBy?.ended.get(host);
  if (outcome === undefined) return "";
  return outcome === "ok" ? ", then undone" : isFailure(outcome) ? ", undo failed" : ", not undone";
}
