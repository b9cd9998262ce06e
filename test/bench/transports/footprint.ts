import { readdirSync, readFileSync } from "node:fs";
import { findDescendants } from "../../support/processes-of.ts";

/** What a worker and all that it has started take of their box. */
export interface Footprint {
  /** Bytes, each shared page counted once among those that share it. */
  readonly ownMemory: number;
  readonly memoryBelow: number;
  readonly processes: number;
  /** Open in the worker itself. */
  readonly descriptors: number;
}

export function footprintOf(pid: number): Footprint {
  const below = findDescendants(pid);
  return {
    ownMemory: sharedOut(pid),
    memoryBelow: below.reduce((sum, one) => sum + sharedOut(one.pid), 0),
    processes: below.length,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** Proportional set size; none of a process that has just ended. */
function sharedOut(pid: number): number {
  try {
    const kib = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    return Number(kib ?? 0) * 1024;
  } catch {
    return 0;
  }
}
