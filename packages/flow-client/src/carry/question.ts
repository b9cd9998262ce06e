import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { clearLine, cursorTo } from "node:readline";
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

/** The question on the screen, for whoever writes something else there meanwhile. */
export interface Shown {
  /** Frees its line. */
  clear(): void;
  /** Puts it below what was written, with what is typed so far. */
  again(): void;
}

interface Beside {
  /** The question is needless; the reason is told below it. */
  readonly gone?: AbortSignal;
  readonly onShown?: (shown: Shown) => void;
}

/** Asks on the terminal; only a clear yes is one. */
export async function ask(question: string, stdinIsRead: boolean, beside: Beside = {}): Promise<Said> {
  const said = await askLine(`${question} [y/N] `, stdinIsRead, beside);
  if (typeof said === "string") return said;
  return /^y(es)?$/i.test(said.line) ? "yes" : "no";
}

/** Writes this on the terminal, and gives the line that is typed behind it. */
export async function askLine(
  written: string,
  stdinIsRead: boolean,
  { gone, onShown }: Beside = {},
): Promise<{ readonly line: string } | "stop" | "nobody"> {
  const opened = stdinIsRead ? openTerminal() : undefined;
  const own = opened === undefined ? undefined : new ReadStream(opened);
  const { stderr } = process;
  const terminal = createInterface({ input: own ?? process.stdin, output: stderr });
  try {
    const ended = once(terminal, "close").then(() => undefined);
    const answer = terminal.question(written, gone === undefined ? {} : { signal: gone });
    onShown?.({
      clear: () => void (clearLine(stderr, 0) && cursorTo(stderr, 0)),
      again: () => void (gone?.aborted === true || stderr.write(written + terminal.line)),
    });
    const said = await Promise.race([answer, ended]);
    return said === undefined ? "nobody" : { line: said.trim() };
  } catch (error) {
    if (gone?.aborted === true) stderr.write(`${String(gone.reason)}\n`);
    // Else the terminal cannot be read any more.
    return (error as Error).name === "AbortError" ? "stop" : "nobody";
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
