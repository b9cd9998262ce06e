import { fail, succeed, type Result } from "../../errors.ts";
import { errorText } from "../adapter-log.ts";
import {
  endsTable,
  parseStatus,
  parseVersion,
  parseWorkers,
  tableLines,
  type ConnectedWorker,
  type FunctionStatus,
} from "./admin-text.ts";
import { dialTcp, type Dial } from "../connection/dial.ts";
import { withoutPrefix } from "../names.ts";
import { formatServer, type ServerAddress } from "../connection/server-address.ts";

export interface AdminFailure {
  /**
   * `unreachable`: no connection. `cannotTell`: connected, but no answer in time, as from a job server without an
   * admin protocol or one that hangs. `garbage`: an answer that is none.
   */
  readonly kind: "unreachable" | "cannotTell" | "garbage";
  /** Names the server. */
  readonly reason: string;
}

export interface AdminOptions {
  /** Bound for connecting and answering together; default 2 s. */
  readonly timeoutMs?: number;
  readonly dial?: Dial;
}

const MAX_ANSWER_CHARACTERS = 64 * 1024 * 1024;
/** Enough for a short answer, whole, and for the end of a long one. */
const TAIL_CHARACTERS = 4096;

/** The functions of this installation that a job server knows, also those that nobody can do any more. */
export async function adminStatus(
  server: ServerAddress,
  options: AdminOptions = {},
): Promise<Result<FunctionStatus[], AdminFailure>> {
  const rows = await askTable(server, "status", parseStatus, options);
  if (!rows.ok) return rows;
  return succeed(rows.value.flatMap((row) => named(row.name, server).map((name) => ({ ...row, name }))));
}

/** The connections of a job server, each with its functions of this installation. */
export async function adminWorkers(
  server: ServerAddress,
  options: AdminOptions = {},
): Promise<Result<ConnectedWorker[], AdminFailure>> {
  const rows = await askTable(server, "workers", parseWorkers, options);
  if (!rows.ok) return rows;
  return succeed(
    rows.value.map((row) => ({ ...row, functions: row.functions.flatMap((name) => named(name, server)) })),
  );
}

/** The name without the installation's prefix, if it is one of its. */
function named(name: string, { functionPrefix = "" }: ServerAddress): readonly string[] {
  const own = withoutPrefix(name, functionPrefix);
  return own === undefined ? [] : [own];
}

/** Such as "1.1.20". */
export function adminVersion(
  server: ServerAddress,
  options: AdminOptions = {},
): Promise<Result<string, AdminFailure>> {
  return ask(server, "version", options, {
    isWhole: (tail) => tail.includes("\n"),
    read: (text) => parseVersion(text.slice(0, text.indexOf("\n")).trimEnd()),
  });
}

/** What comes back for a command: told by its end, so that a long one is looked at once. */
interface AnswerShape<T> {
  isWhole(tail: string): boolean;
  /** Of a whole one. */
  read(text: string): Result<T, string>;
}

function askTable<T>(
  server: ServerAddress,
  command: string,
  parse: (lines: readonly string[]) => Result<T, string>,
  options: AdminOptions,
): Promise<Result<T, AdminFailure>> {
  // Alone: a function can be named so.
  const error = /^ERR [^\t\n]*\n$/;
  return ask(server, command, options, {
    isWhole: (tail) => endsTable(tail) || error.test(tail),
    read: (text) =>
      error.test(text)
        ? fail(`the server answered ${JSON.stringify(text.trimEnd().slice(0, 200))}`)
        : parse(tableLines(text)),
  });
}

/** One command on a connection of its own. */
function ask<T>(
  server: ServerAddress,
  command: string,
  { timeoutMs = 2_000, dial = dialTcp }: AdminOptions,
  shape: AnswerShape<T>,
): Promise<Result<T, AdminFailure>> {
  return new Promise((resolve) => {
    const no = (kind: AdminFailure["kind"], reason: string) =>
      finish(fail({ kind, reason: `${formatServer(server)}: ${reason}` }));
    const finish = (result: Result<T, AdminFailure>) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const socket = dial(server);
    const timer = setTimeout(() => {
      if (socket.connecting) no("unreachable", `no connection within ${timeoutMs} ms`);
      else no("cannotTell", `no answer to "${command}" within ${timeoutMs} ms`);
    }, timeoutMs);
    const chunks: string[] = [];
    let characters = 0;
    let tail = "";
    socket.setEncoding("utf8");
    socket.once("connect", () => socket.write(`${command}\n`));
    socket.on("error", (error) => no(socket.bytesRead > 0 ? "garbage" : "unreachable", errorText(error)));
    socket.once("close", () => no("garbage", `closed before it had answered "${command}"`));
    socket.on("data", (chunk: string) => {
      chunks.push(chunk);
      characters += chunk.length;
      tail = (tail + chunk).slice(-TAIL_CHARACTERS);
      if (shape.isWhole(tail)) {
        const answer = shape.read(chunks.join(""));
        if (answer.ok) finish(succeed(answer.value));
        else no("garbage", answer.error);
      } else if (characters > MAX_ANSWER_CHARACTERS) no("garbage", `an endless answer to "${command}"`);
    });
  });
}
