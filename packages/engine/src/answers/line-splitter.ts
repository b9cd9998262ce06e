const NEWLINE = 0x0a;
const LEAST_HELD_BYTES = 4096;

/** What a part of a stream comes to: the lines that it ends, and how many are left out since they were too long. */
export interface SplitLines {
  readonly lines: readonly string[];
  readonly tooLong: number;
}

/**
 * Cuts a stream of bytes into lines of UTF-8. Its work grows with the bytes and with nothing else, however they are cut;
 * and it holds one unfinished line, which is dropped as soon as it is longer than `maxBytes`, up to its end.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  /** Our own copy: a part of a larger buffer would keep all of that. */
  #held = Buffer.alloc(0);
  #length = 0;
  #dropping = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): SplitLines {
    const lines: string[] = [];
    let tooLong = 0;
    for (let start = 0; start < chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline === -1 ? chunk.length : newline;
      if (!this.#dropping && !this.#hold(chunk.subarray(start, end))) {
        tooLong += 1;
        this.#dropping = true;
      }
      if (newline === -1) break;
      if (!this.#dropping) lines.push(this.#held.toString("utf8", 0, this.#length));
      this.#length = 0;
      this.#dropping = false;
      start = newline + 1;
    }
    return { lines, tooLong };
  }

  /** False where the line becomes too long by this; then nothing is held any more. */
  #hold(bytes: Buffer): boolean {
    const length = this.#length + bytes.length;
    if (length > this.#maxBytes) {
      this.#held = Buffer.alloc(0);
      this.#length = 0;
      return false;
    }
    if (length > this.#held.length) {
      const more = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(LEAST_HELD_BYTES, 2 * length)));
      this.#held.copy(more, 0, 0, this.#length);
      this.#held = more;
    }
    bytes.copy(this.#held, this.#length);
    this.#length = length;
    return true;
  }
}
