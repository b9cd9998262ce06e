import { fail, succeed, type Result } from "../errors.ts";
import { errorText } from "./adapter-log.ts";
import {
  parseStatus,
  parseVersion,
  parseWorkers,
  tableLines,
  type ConnectedWorker,
  type FunctionStatus,
} from "./admin-text.ts";
import { dialTcp, type Dial } from "./dial.ts";
import { formatServer, type ServerAddress } from "./server-address.ts";

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
  /** Of connecting and answering together; default 2 s. */
  readonly timeoutMs?: number;
  readonly dial?: Dial;
}

const MAX_ANSWER_CHARACTERS = 64 * 1024 * 1024;

/** The functions that a job server knows, also those that nobody can do any more. */
export function adminStatus(
  server: ServerAddress,
  options: AdminOptions = {},
): Promise<Result<FunctionStatus[], AdminFailure>> {
  return askTable(server, "status", parseStatus, options);
}

/** The connections of a job server. */
export function adminWorkers(
  server: ServerAddress,
  options: AdminOptions = {},
): Promise<Result<ConnectedWorker[], AdminFailure>> {
  return askTable(server, "workers", parseWorkers, options);
}

/** Such as "1.1.20". */
export function adminVersion(
  server: ServerAddress,
  options: AdminOptions = {},
): Promise<Result<string, AdminFailure>> {
  return ask(server, "version", options, (text) =>
    text.includes("\n") ? parseVersion(text.slice(0, text.indexOf("\n")).trimEnd()) : undefined,
  );
}

function askTable<T>(
  server: ServerAddress,
  command: string,
  parse: (lines: readonly string[]) => Result<T, string>,
  options: AdminOptions,
): Promise<Result<T, AdminFailure>> {
  return ask(server, command, options, (text) => {
    if (/^ERR .*\n/.test(text)) return fail(`the server answered ${JSON.stringify(text.trimEnd())}`);
    const lines = tableLines(text);
    return lines === undefined ? undefined : parse(lines);
  });
}

/** One command on a connection of its own; `read` gives undefined while the answer is not complete. */
function ask<T>(
  server: ServerAddress,
  command: string,
  { timeoutMs = 2_000, dial = dialTcp }: AdminOptions,
  read: (text: string) => Result<T, string> | undefined,
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
    let text = "";
    socket.setEncoding("utf8");
    socket.once("connect", () => socket.write(`${command}\n`));
    socket.on("error", (error) => no(socket.bytesRead > 0 ? "garbage" : "unreachable", errorText(error)));
    socket.once("close", () => no("garbage", `closed before it had answered "${command}"`));
    socket.on("data", (chunk: string) => {
      text += chunk;
      const answer = read(text);
      if (answer?.ok === true) finish(succeed(answer.value));
      else if (answer !== undefined) no("garbage", answer.error);
      else if (text.length > MAX_ANSWER_CHARACTERS) no("garbage", `an endless answer to "${command}"`);
    });
  });
}
