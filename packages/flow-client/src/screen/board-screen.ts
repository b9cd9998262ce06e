import { createLogUpdate } from "log-update";
import type { BoardSize } from "../reporters/lines/reporter.ts";

/**
 * The lower end of a terminal, drawn in place, with lines above it that scroll. What the process writes to
 * stderr meanwhile (messages, an embedded worker's log) goes above as well: it would tear the board apart.
 */
export class BoardScreen {
  readonly #stream: NodeJS.WriteStream;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #releaseStderr: () => void;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#draw = createLogUpdate(stream);
    this.#releaseStderr = process.stderr.isTTY ? this.#takeStderr() : () => undefined;
    process.on("SIGCONT", this.#startAnew);
  }

  get size(): BoardSize {
    return { columns: this.#stream.columns, rows: this.#stream.rows };
  }

  draw(lines: readonly string[]): void {
    if (lines.length > 0) this.#draw(lines.join("\n"));
  }

  /** Prints lines that stay; the board is drawn again below them by the next `draw`. */
  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#draw.clear();
    this.#stream.write(`${lines.join("\n")}\n`);
  }

  /** Takes the board away and gives the terminal back. */
  close(): void {
    process.off("SIGCONT", this.#startAnew);
    this.#draw.clear();
    this.#draw.done();
    this.#releaseStderr();
  }

  /** After a stop (Ctrl-Z) the shell's lines stand where the board was. */
  readonly #startAnew = (): void => this.#draw.done();

  #takeStderr(): () => void {
    const { stderr } = process;
    const write = stderr.write.bind(stderr);
    let busy = false;
    const above = (...args: Parameters<typeof write>): boolean => {
      // The cursor is hidden and shown through stderr, while the board is drawn.
      if (!busy && String(args[0]).includes("\n")) {
        busy = true;
        this.#draw.clear();
        busy = false;
      }
      return write(...args);
    };
    stderr.write = above as typeof stderr.write;
    return () => {
      stderr.write = write;
    };
  }
}
