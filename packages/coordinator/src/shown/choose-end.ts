import type { NumberedEnd } from "../store/store.ts";

/** Which attempt of a task is meant; what is absent may be any. */
export interface Wanted {
  readonly stage?: string | undefined;
  readonly at?: string | undefined;
  readonly attempt?: number | undefined;
}

/**
 * The last end that is meant. A host's way through stages has an end of its own, which has no output: in its place stands
 * the end of the stage by which it was decided, or of the last one.
 * @param ends of one task, the newest first
 */
export function chooseEnd(ends: readonly NumberedEnd[], wanted: Wanted): NumberedEnd | undefined {
  const staged = ends.filter(({ event }) => event.stage !== undefined);
  // Nothing of it was started: its end says why.
  if (staged.length === 0) return wanted.stage === undefined ? lastOf(ends, wanted) : undefined;
  const decidedBy = isOpen(wanted) ? decision(ends) : undefined;
  return lastOf(staged, { ...wanted, ...(decidedBy === undefined ? {} : { stage: decidedBy }) });
}

function lastOf(ends: readonly NumberedEnd[], { stage, at, attempt }: Wanted): NumberedEnd | undefined {
  return ends.find(
    ({ event }) =>
      (stage === undefined || event.stage === stage) &&
      (at === undefined || event.at === at) &&
      (attempt === undefined || event.attempt === attempt),
  );
}

function isOpen({ stage, at, attempt }: Wanted): boolean {
  return stage === undefined && at === undefined && attempt === undefined;
}

/** The stage that decided the way, if that is what happened last. */
function decision([newest]: readonly NumberedEnd[]): string | undefined {
  return newest?.event.stage === undefined ? newest?.event.decidedBy : undefined;
}
