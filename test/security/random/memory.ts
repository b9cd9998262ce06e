import { readFileSync } from "node:fs";
import type { ChildProgram } from "../../support/child-program.ts";

/** The most memory that a program has ever taken, in MiB; it must run still. */
export function peakMib({ pid }: ChildProgram): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** The same of a program that ends by itself: looked at now and then. */
export function watchMemory(program: ChildProgram): { stop(): void; peakMib(): number } {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, peakMib(program) || 0);
    } catch {
      // It has ended.
    }
  }, 100);
  return { stop: () => clearInterval(timer), peakMib: () => peak };
}
