import { fail, succeed, type Result } from "../../errors.ts";

/** A function as a job server's `status` tells of it. */
export interface FunctionStatus {
  readonly name: string;
  /** Jobs that no worker has yet. */
  readonly queued: number;
  readonly running: number;
  /** Connections that can do it, busy ones included. */
  readonly workers: number;
}

/** A connection as a job server's `workers` tells of it; clients are among them, without functions. */
export interface ConnectedWorker {
  readonly fd: number;
  readonly address: string;
  /** "-" where it gave none. */
  readonly clientId: string;
  readonly functions: readonly string[];
}

/**
 * Whether text that ends so is a complete table: its last line is ".". A function's name may hold such a line too, so
 * the last one counts.
 * @param tail at least its last four characters, or all of it
 */
export function endsTable(tail: string): boolean {
  return /(?:^|\n)\.\r?\n$/.test(tail.slice(-4));
}

/** The lines of a complete table, without the "." that ends it. */
export function tableLines(text: string): string[] {
  return text.split(/\r?\n/).slice(0, -2);
}

/**
 * FUNCTION, TOTAL, RUNNING, AVAILABLE_WORKERS, with tabs between them (PROTOCOL, "Administrative Protocol"). A name may
 * be empty or hold tabs and newlines, whoever registered it: rows are read from their right, and what is none is left
 * out. The error: nothing of it is a row.
 */
export function parseStatus(lines: readonly string[]): Result<FunctionStatus[], string> {
  const rows = lines.flatMap((line) => {
    const [, name, ...counts] = /^(.*)\t(\d{1,10})\t(\d{1,10})\t(\d{1,10})$/s.exec(line) ?? [];
    const [total = 0, running = 0, workers = 0] = counts.map(Number);
    return name === undefined ? [] : [{ name, queued: Math.max(0, total - running), running, workers }];
  });
  return rows.length > 0 ? succeed(rows) : noneOf(lines, "row of a status");
}

/** FD IP-ADDRESS CLIENT-ID : FUNCTION …, with spaces between them; what is no such row is left out, as in a status. */
export function parseWorkers(lines: readonly string[]): Result<ConnectedWorker[], string> {
  const rows = lines.flatMap((line) => {
    const [, fd, address, clientId, names = ""] = /^(\d{1,10}) (\S+) (.*?) :(?: (.*))?$/s.exec(line) ?? [];
    if (fd === undefined || address === undefined || clientId === undefined) return [];
    const functions = names.split(" ").filter((name) => name !== "");
    return [{ fd: Number(fd), address, clientId, functions }];
  });
  return rows.length > 0 ? succeed(rows) : noneOf(lines, "row of workers");
}

/** "OK 1.1.20" of gearmand, "v1.130.1" of the Perl server. */
export function parseVersion(line: string): Result<string, string> {
  const [, version] = /^(?:OK )?v?(\d\S*)$/.exec(line) ?? [];
  return version === undefined ? fail(notA("version", line)) : succeed(version);
}

function noneOf<T>(lines: readonly string[], what: string): Result<T[], string> {
  const [first] = lines;
  return first === undefined ? succeed([]) : fail(notA(what, first));
}

function notA(what: string, line: string): string {
  return `not a ${what}: ${JSON.stringify(line.slice(0, 80))}`;
}
