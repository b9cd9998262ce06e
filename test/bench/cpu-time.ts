import { readdirSync, readFileSync } from "node:fs";
import { findDescendants } from "../support/processes-of.ts";

/** Clock ticks of /proc are hundredths of a second on every Linux that runs Node. */
const MS_PER_TICK = 10;
const MS_PER_NS = 1e-6;

/**
 * Milliseconds of processor time that a process has used, and all children that it has waited for. Its own is the
 * scheduler's count of its threads, in nanoseconds (a thread that has ended is not in it); the children's is in ticks.
 */
export function cpuMs(pid: number): { readonly own: number; readonly children: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Fields 16 and 17 of proc(5): cutime, cstime.
  const ms = (field: number) => Number(fields[field - 3]) * MS_PER_TICK;
  const ns = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]),
  );
  return { own: ns.reduce((sum, one) => sum + one, 0) * MS_PER_NS, children: ms(16) + ms(17) };
}

/** Of all that a process has started and what that has started, those that have ended and were waited for among them. */
export function cpuBelow(pid: number): number {
  const living = findDescendants(pid).map((one) => cpuIfAlive(one.pid));
  return living.reduce((sum, { own, children }) => sum + own + children, cpuMs(pid).children);
}

function cpuIfAlive(pid: number): { readonly own: number; readonly children: number } {
  try {
    return cpuMs(pid);
  } catch {
    return { own: 0, children: 0 };
  }
}
