import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { SshProblem } from "./lease.ts";
import { problem } from "./problem.ts";

/** Of what the command writes to stderr, so much is kept for messages. */
const KEPT_STDERR = 1000;

export interface ProxyStream {
  readonly stream: Duplex;
  /** What the command said and how it ended, for the message of a failed connection; "" if it runs. */
  readonly whatItSaid: () => string;
}

/** Runs ProxyCommand by the user's shell, as ssh does, and gives its stdin and stdout as one stream. */
export function startProxyCommand(command: string, shell: string): Promise<Result<ProxyStream, SshProblem>> {
  return new Promise((resolve) => {
    // Its own session: a Ctrl-C at the worker's terminal must not cut commands that are to be finished.
    const child = spawn(shell, ["-c", `exec ${command}`], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    let ended = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-KEPT_STDERR);
    });
    child.once("error", (error) => {
      resolve(
        fail(problem("local", `ProxyCommand "${command}" cannot be run by ${shell}: ${error.message}`)),
      );
    });
    child.once("exit", (code, signal) => {
      ended = `ended with ${signal ?? `exit code ${code}`}`;
    });
    child.once("spawn", () => {
      const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
      stream.on("error", () => {});
      child.stdin.on("error", () => {});
      stream.once("close", () => child.kill("SIGHUP"));
      child.unref();
      resolve(
        succeed({
          stream,
          whatItSaid: () =>
            ended === "" && said === "" ? "" : `; ProxyCommand "${command}" ${ended} ${said}`.trimEnd(),
        }),
      );
    });
  });
}
