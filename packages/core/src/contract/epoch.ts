import * as z from "zod";

/**
 * Which owner of a run this is, of those that carry it one after another: from 1, each one more. Absent where a run has
 * one owner for its whole life.
 */
export const epoch = z.number().int().min(1);

/** Until when the run is its owner's, by the owner's clock; milliseconds since 1970. */
export const notAfterMs = z.number().int().min(0);

interface Held {
  readonly epoch?: number | undefined;
  readonly notAfterMs?: number | undefined;
}

/** What is wrong with these fields taken together; undefined: nothing. */
export function epochFault({ epoch: of, notAfterMs: until }: Held): string | undefined {
  return until !== undefined && of === undefined ? "notAfterMs needs an epoch" : undefined;
}
