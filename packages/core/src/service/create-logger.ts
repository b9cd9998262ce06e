import { createRequire } from "node:module";
import type * as Winston from "winston";
import { safeJsonText, safeLine } from "../safe-text.ts";
import type { Log } from "./log.ts";

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "auto" | "json" | "pretty";
}

const LEVELS = ["error", "warn", "info", "debug"] as const;
type Level = (typeof LEVELS)[number];

/**
 * Everything goes to stderr: stdout is for results. `auto` is pretty on a terminal, JSON lines elsewhere. winston is
 * loaded for the first line that is written: most runs of `rr-submit --local` write none.
 */
export function createLogger(options: LogOptions): Log {
  let logger: Log | undefined;
  // A line for nobody would cost as much as one that is read.
  let readerHasGone = false;
  process.stderr.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") readerHasGone = true;
  });
  const told = LEVELS.slice(0, LEVELS.indexOf(options.level) + 1);
  const at =
    (level: Level): Log[Level] =>
    (message, fields) => {
      if (told.includes(level) && !readerHasGone) (logger ??= winstonLogger(options))[level](message, fields);
    };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

function winstonLogger(options: LogOptions): Log {
  // Not import(): the line must be out before the process can end.
  const winston = createRequire(import.meta.url)("winston") as typeof Winston;
  const { combine, timestamp, json, printf } = winston.format;
  const pretty = options.format === "pretty" || (options.format === "auto" && process.stderr.isTTY);
  const MESSAGE = Symbol.for("message");
  const harmless = winston.format((info) => {
    // JSON that stands on a terminal, and is the same JSON.
    info[MESSAGE] = safeJsonText(String(info[MESSAGE]));
    return info;
  });
  return winston.createLogger({
    level: options.level,
    format: combine(timestamp(), pretty ? printf(prettyLine) : combine(json(), harmless())),
    transports: [new winston.transports.Console({ stderrLevels: Object.keys(winston.config.npm.levels) })],
  });
}

function prettyLine(info: Winston.Logform.TransformableInfo): string {
  const { timestamp, level, message, ...fields } = info;
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .join("");
  return safeLine(`${String(timestamp)} ${level.padEnd(5)} ${String(message)}${rest}`);
}
