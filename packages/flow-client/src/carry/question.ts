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

/** Asks on the terminal; only a clear yes is one. */
export async function ask(question: string, stdinIsRead: boolean): Promise<boolean> {
  const opened = stdinIsRead ? openTerminal() : undefined;
  const own = opened === undefined ? undefined : new ReadStream(opened);
  const terminal = createInterface({ input: own ?? process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    // The end of input, or Ctrl-C: no answer is a no.
    return false;
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
