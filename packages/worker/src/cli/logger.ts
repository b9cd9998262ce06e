import * as winston from "winston";
import type { Log } from "../daemon/log.ts";

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "auto" | "json" | "pretty";
}

/** Everything goes to stderr: stdout is for results. `auto` is pretty on a terminal, JSON lines elsewhere. */
export function createLogger(options: LogOptions): Log {
  const { combine, timestamp, json, printf } = winston.format;
  const pretty = options.format === "pretty" || (options.format === "auto" && process.stderr.isTTY);
  return winston.createLogger({
    level: options.level,
    format: combine(timestamp(), pretty ? printf(prettyLine) : json()),
    transports: [new winston.transports.Console({ stderrLevels: Object.keys(winston.config.npm.levels) })],
  });
}

function prettyLine(info: winston.Logform.TransformableInfo): string {
  const { timestamp, level, message, ...fields } = info;
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .join("");
  return `${String(timestamp)} ${level.padEnd(5)} ${String(message)}${rest}`;
}
