import xterm from "@xterm/headless";
import { builtProgram } from "../support/built-programs.ts";
import { bareEnv, startChild, type ChildProgram } from "../support/child-program.ts";
import { findProgram } from "../support/programs.ts";

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env: Readonly<Record<string, string>>;
}

/** rr-submit on a pseudo-terminal (util-linux's script), and a terminal emulator that reads what it draws. */
export class Terminal {
  readonly child: ChildProgram;
  readonly #options: TerminalOptions;

  constructor(args: readonly string[], options: TerminalOptions) {
    this.#options = options;
    const quoted = [process.execPath, builtProgram("rr-submit"), ...args].map(
      (word) => `'${word.replaceAll("'", "'\\''")}'`,
    );
    const command = `stty cols ${options.columns} rows ${options.rows}; exec ${quoted.join(" ")}`;
    this.child = startChild(findProgram("script"), ["-qefc", command, "/dev/null"], {
      env: { ...bareEnv, SHELL: "/bin/sh", TERM: "xterm-256color", ...options.env },
      stdin: true,
      keep: 20_000_000,
    });
  }

  /** Every byte so far. */
  get raw(): string {
    return this.child.stdout();
  }

  /** What stands on the screen and what has scrolled off it, line by line. */
  async lines(): Promise<string[]> {
    const terminal = new xterm.Terminal({
      cols: this.#options.columns,
      rows: this.#options.rows,
      scrollback: 100_000,
      allowProposedApi: true,
    });
    await new Promise<void>((resolve) => {
      terminal.write(this.raw, resolve);
    });
    const { active } = terminal.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? "",
    );
    terminal.dispose();
    return lines.join("\n").trimEnd().split("\n");
  }
}
