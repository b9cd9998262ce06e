import { readFileSync } from "node:fs";

/** Clock ticks of /proc are hundredths of a second on every Linux that runs Node. */
const MS_PER_TICK = 10;

/** Milliseconds of processor time that a process has used, and all children that it has waited for. */
export function cpuMs(pid: number): { readonly own: number; readonly children: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Fields 14 to 17 of proc(5): utime, stime, cutime, cstime.
  const ms = (field: number) => Number(fields[field - 3]) * MS_PER_TICK;
  return { own: ms(14) + ms(15), children: ms(16) + ms(17) };
}
