import type { RunEvent } from "@roadrunner/core";

/** An event as two JSON texts: what is kept as long as the run, and the output, which may go sooner. */
export interface PartedEvent {
  readonly event: string;
  /** Undefined: it has none. */
  readonly output: string | undefined;
}

export function partEvent(event: RunEvent): PartedEvent {
  if (event.type !== "task.ended" || ((event.stdout ?? "") === "" && (event.stderr ?? "") === ""))
    return { event: JSON.stringify(event), output: undefined };
  const { stdout, stderr, ...rest } = event;
  return { event: JSON.stringify(rest), output: JSON.stringify({ stdout, stderr }) };
}

/** Of one whose output was removed the event says that it is lost. */
export function joinEvent(event: string, hasOutput: boolean, output: string | null): RunEvent {
  const kept = JSON.parse(event) as RunEvent;
  if (!hasOutput) return kept;
  const parted = output === null ? { outputLost: true } : (JSON.parse(output) as object);
  return { ...kept, ...parted };
}
