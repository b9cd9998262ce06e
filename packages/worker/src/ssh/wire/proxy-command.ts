import { spawn, type ChildProcess } from "node:child_process";
import { Duplex } from "node:stream";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";

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
export function startProxyCommand(
  command: string,
  shell: string,
): Promise<Result<ProxyStream, TransportProblem>> {
  return new Promise((resolve) => {
    // Its own session: a Ctrl-C at the worker's terminal must not cut commands that are to be finished.
    const child = spawn(shell, ["-c", `exec ${command}`], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-KEPT_STDERR);
    });
    const ended = new Promise<void>((done) => child.once("close", () => done()));
    child.once("error", (error) => {
      resolve(
        fail(problem("local", `ProxyCommand "${command}" cannot be run by ${shell}: ${error.message}`)),
      );
    });
    child.once("spawn", () => {
      const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
      stream.on("error", () => {});
      child.stdin.on("error", () => {});
      stream.once("close", () => child.kill("SIGHUP"));
      resolve(
        succeed({
          stream,
          async failure() {
            await Promise.race([ended, new Promise((late) => setTimeout(late, ENDING_MS))]);
            return failureOf(command, child, said);
          },
        }),
      );
    });
  });
}

function failureOf(command: string, child: ChildProcess, said: string): TransportProblem | undefined {
  const { exitCode } = child;
  if (exitCode === null || exitCode === 0) return undefined;
  const what = said.trim() === "" ? "" : `: ${said.trim()}`;
  const message = `ProxyCommand "${command}" ended with exit code ${exitCode}${what}`;
  return NOT_RUN.has(exitCode) ? problem("local", message, { unless: "proxy" }) : problem("route", message);
}
