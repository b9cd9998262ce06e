import { readFileSync } from "node:fs";
import { cpuMs } from "../cpu-time.ts";

export interface Used {
  readonly peakMiB: number;
  readonly cpuMs: number;
}

/** What a process has used until now. */
export function usedBy(pid: number): Used {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { peakMiB: Number(kib) / 1024, cpuMs: cpuMs(pid).own };
}

/** Looks at a process now and then, since the kernel tells of it only while it is there. */
export function watchProcess(pid: number): { end(): Used } {
  let used: Used = { peakMiB: 0, cpuMs: 0 };
  const look = (): void => {
    try {
      const now = usedBy(pid);
      if (!Number.isNaN(now.peakMiB)) used = now;
    } catch {
      // It has just ended.
    }
  };
  const timer = setInterval(look, 20);
  return {
    end: () => {
      clearInterval(timer);
      look();
      return used;
    },
  };
}
