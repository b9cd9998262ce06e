import { FloodGate } from "@roadrunner/core";
import type { Log } from "@roadrunner/core/service";

/**
 * A log for lines that anybody who reaches the job server can bring about, as many as he likes: the first ones of a
 * minute are written, the others counted.
 */
export function floodLog(log: Log, nowMs: () => number): Log {
  const gate = new FloodGate();
  const at =
    (level: keyof Log): Log["info"] =>
    (message, fields) => {
      const { tell, left } = gate.next(nowMs());
      if (left > 0)
        log.warn("log lines about what others sent were left out: too many came at once", { lines: left });
      if (tell) log[level](message, fields);
    };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: (...line) => log.debug(...line) };
}
