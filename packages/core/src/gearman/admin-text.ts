import { fail, succeed, type Result } from "../errors.ts";

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

/** The lines of a table, without the "." that ends it; undefined while it is not complete. */
export function tableLines(text: string): string[] | undefined {
  const lines = text.split(/\r?\n/);
  const end = lines.indexOf(".");
  return end === -1 || end === lines.length - 1 ? undefined : lines.slice(0, end);
}

/** FUNCTION, TOTAL, RUNNING, AVAILABLE_WORKERS, with tabs between them (PROTOCOL, "Administrative Protocol"). */
export function parseStatus(lines: readonly string[]): Result<FunctionStatus[], string> {
  const rows: FunctionStatus[] = [];
  for (const line of lines) {
    const [, name, ...counts] = /^([^\t]+)\t(\d+)\t(\d+)\t(\d+)$/.exec(line) ?? [];
    const [total = 0, running = 0, workers = 0] = counts.map(Number);
    if (name === undefined) return fail(notA("row of a status", line));
    rows.push({ name, queued: Math.max(0, total - running), running, workers });
  }
  return succeed(rows);
}

/** FD IP-ADDRESS CLIENT-ID : FUNCTION …, with spaces between them. */
export function parseWorkers(lines: readonly string[]): Result<ConnectedWorker[], string> {
  const rows: ConnectedWorker[] = [];
  for (const line of lines) {
    const [, fd, address, clientId, names = ""] = /^(\d+) (\S+) (\S+) :(.*)$/.exec(line) ?? [];
    if (fd === undefined || address === undefined || clientId === undefined)
      return fail(notA("row of workers", line));
    const functions = names.split(" ").filter((name) => name !== "");
    rows.push({ fd: Number(fd), address, clientId, functions });
  }
  return succeed(rows);
}

/** "OK 1.1.20" of gearmand, "v1.130.1" of the Perl server. */
export function parseVersion(line: string): Result<string, string> {
  const [, version] = /^(?:OK )?v?(\d\S*)$/.exec(line) ?? [];
  return version === undefined ? fail(notA("version", line)) : succeed(version);
}

function notA(what: string, line: string): string {
  return `not a ${what}: ${JSON.stringify(line.slice(0, 80))}`;
}
