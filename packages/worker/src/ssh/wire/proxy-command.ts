import { spawn, type ChildProcess } from "node:child_process";
import { Duplex } from "node:stream";
import { succeed, type Result } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";
import { startProgram } from "./start-program.ts";

/** How much of the command's stderr is kept for messages. */
const KEPT_STDERR = 1000;
/** Its stdout may end a moment before it does. */
const ENDING_MS = 500;
/** As shells tell that there is no such program, or that it cannot be run. */
const NOT_RUN = new Set([126, 127]);

export interface ProxyStream {
  readonly stream: Duplex;
  /** Why there is no connection, if that is the command's own failure; soon after the stream has ended. */
  readonly failure: () => Promise<TransportProblem | undefined>;
}

/** Runs ProxyCommand by the user's shell, as ssh does, and gives its stdin and stdout as one stream. */
export async function startProxyCommand(
  command: string,
  shell: string,
): Promise<Result<ProxyStream, TransportProblem>> {
  // Its own session: a Ctrl-C at the worker's terminal must not cut commands that are to be finished.
  const started = await startProgram(`ProxyCommand "${command}" cannot be run by ${shell}`, () =>
    spawn(shell, ["-c", `exec ${command}`], { detached: true, stdio: "pipe" }),
  );
  if (!started.ok) return started;
  const child = started.value;
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-KEPT_STDERR);
  });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  stream.on("error", () => {});
  stream.once("close", () => child.kill("SIGHUP"));
  return succeed({
    stream,
    async failure() {
      await Promise.race([ended, new Promise((late) => setTimeout(late, ENDING_MS))]);
      return failureOf(command, child, said);
    },
  });
}

function failureOf(command: string, child: ChildProcess, said: string): TransportProblem | undefined {
  const { exitCode } = child;
  if (exitCode === null || exitCode === 0) return undefined;
  const what = said.trim() === "" ? "" : `: ${said.trim()}`;
  const message = `ProxyCommand "${command}" ended with exit code ${exitCode}${what}`;
  const isOwn = NOT_RUN.has(exitCode) || /\bCannot fork\b|Resource temporarily unavailable/.test(what);
  return isOwn ? problem("local", message, { unless: "proxy" }) : problem("route", message);
}
