import { openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { fail, succeed, type Result } from "@roadrunner/core";

/** Whoever sits at the terminal, whatever standard input is. */
const TERMINAL = "/dev/tty";
/** More than any secret may have. */
const MOST_BYTES = 64 * 1024;

const BACKSPACE = new Set(["\b", "\x7f"]);
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";

/** Asks on the terminal, which shows nothing of the answer. */
export async function askSecret(question: string): Promise<Result<string, "noTerminal" | "cancelled">> {
  const opened = openTerminal();
  if (opened === undefined) return fail("noTerminal");
  const terminal = new ReadStream(opened);
  terminal.setRawMode(true);
  terminal.setEncoding("utf8");
  writeSync(opened, question);
  try {
    const line = new SecretLine();
    // It must be open still when its echo is put back.
    for await (const text of terminal.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      const done = line.typed(text);
      if (done !== undefined) return done;
    }
    return fail("cancelled");
  } finally {
    terminal.setRawMode(false);
    writeSync(opened, "\r\n");
    terminal.destroy();
  }
}

/** A line as somebody types it. */
export class SecretLine {
  #typed: string[] = [];

  /** Undefined: it goes on. */
  typed(text: string): Result<string, "cancelled"> | undefined {
    for (const key of text) {
      if (key === "\r" || key === "\n") return succeed(this.#typed.join(""));
      if (key === CTRL_C || key === CTRL_D || this.#typed.length > MOST_BYTES) return fail("cancelled");
      if (key === CTRL_U) this.#typed = [];
      else if (BACKSPACE.has(key)) this.#typed.pop();
      else this.#typed.push(key);
    }
    return undefined;
  }
}

function openTerminal(): number | undefined {
  try {
    return openSync(TERMINAL, "r+");
  } catch {
    // There is none: a timer or a service started us.
    return undefined;
  }
}
