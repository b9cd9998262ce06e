import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { ReadStream } from "node:tty";

/** Whoever sits at the terminal, though standard input is something else. */
const TERMINAL = "/dev/tty";

/** Whether somebody sits there who can be asked; `stdinIsRead`: what comes from there is a flow or hosts, and no answer. */
export function canAsk(stdinIsRead: boolean): boolean {
  if (!process.stderr.isTTY) return false;
  if (!stdinIsRead) return process.stdin.isTTY;
  const terminal = openTerminal();
  if (terminal !== undefined) closeSync(terminal);
  return terminal !== undefined;
}

/** `stop`: Ctrl-C or Ctrl-D, and no answer; `nobody`: the terminal went away. */
export type Said = "yes" | "no" | "stop" | "nobody";

/**
 * Asks on the terminal; only a clear yes is one.
 * @param gone the question is needless; its reason is told below it
 */
export async function ask(question: string, stdinIsRead: boolean, gone?: AbortSignal): Promise<Said> {
  const opened = stdinIsRead ? openTerminal() : undefined;
  const own = opened === undefined ? undefined : new ReadStream(opened);
  const terminal = createInterface({ input: own ?? process.stdin, output: process.stderr });
  try {
    const ended = once(terminal, "close").then(() => undefined);
    const answer = await Promise.race([
      terminal.question(`${question} [y/N] `, gone === undefined ? {} : { signal: gone }),
      ended,
    ]);
    if (answer === undefined) return "nobody";
    return /^y(es)?$/i.test(answer.trim()) ? "yes" : "no";
  } catch {
    // The line with the question has no end yet.
    process.stderr.write(gone?.aborted === true ? `\n${String(gone.reason)}\n` : "\n");
    return "stop";
  } finally {
    terminal.close();
    own?.destroy();
  }
}

function openTerminal(): number | undefined {
  try {
    return openSync(TERMINAL, "r");
  } catch {
    // There is none: a timer or a service started us.
    return undefined;
  }
}
