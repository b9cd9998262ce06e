import { MAX_MARK_BYTES, markPrefix, parseMark, type Mark } from "../program/marks.ts";

/** What one stream of the channel said, in order. */
export type Piece =
  | { readonly kind: "mark"; readonly mark: Mark }
  /** Between the start and the end mark: the command's own. */
  | { readonly kind: "output"; readonly bytes: Buffer }
  /** What `unless` says while it is asked. */
  | { readonly kind: "asking"; readonly bytes: Buffer }
  /** Before the start mark: a banner, an rc file, a login shell's complaint. */
  | { readonly kind: "noise"; readonly bytes: Buffer }
  /** After the end mark: from a child that the command left behind. */
  | { readonly kind: "late"; readonly bytes: Buffer };

const NEWLINE = 0x0a;

/** Separates our marks from all else in one stream, fed chunks that may be cut anywhere. No I/O. */
export class MarkReader {
  readonly #prefix: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #phase: "noise" | "output" | "asking" | "late" = "noise";

  constructor(nonce: string) {
    this.#prefix = Buffer.from(markPrefix(nonce));
  }

  /** What came last may be the beginning of a mark. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  read(chunk: Buffer): Piece[] {
    const pieces: Piece[] = [];
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const at = rest.indexOf(this.#prefix);
      if (at < 0) break;
      this.#text(pieces, rest.subarray(0, at));
      rest = rest.subarray(at);
      const end = rest.indexOf(NEWLINE, this.#prefix.length);
      if (end < 0 && rest.length <= MAX_MARK_BYTES) {
        this.#held = Buffer.from(rest);
        return pieces;
      }
      if (end < 0 || end > MAX_MARK_BYTES) {
        this.#text(pieces, rest.subarray(0, this.#prefix.length));
        rest = rest.subarray(this.#prefix.length);
        continue;
      }
      this.#mark(pieces, parseMark(rest.toString("utf8", this.#prefix.length, end)));
      rest = rest.subarray(end + 1);
    }
    const kept = overlap(rest, this.#prefix);
    this.#text(pieces, rest.subarray(0, rest.length - kept));
    this.#held = Buffer.from(rest.subarray(rest.length - kept));
    return pieces;
  }

  /** The stream has ended: what looked like the beginning of a mark was text. */
  end(): Piece[] {
    const pieces: Piece[] = [];
    this.#text(pieces, this.#held);
    this.#held = Buffer.alloc(0);
    return pieces;
  }

  #mark(pieces: Piece[], mark: Mark): void {
    if (mark.word === "start" && this.#phase === "noise") this.#phase = "output";
    if (mark.word === "asking" && this.#phase === "output") this.#phase = "asking";
    if (mark.word === "asked" && this.#phase === "asking") this.#phase = "output";
    if (mark.word === "end") this.#phase = "late";
    pieces.push({ kind: "mark", mark });
  }

  #text(pieces: Piece[], bytes: Buffer): void {
    if (bytes.length > 0) pieces.push({ kind: this.#phase, bytes });
  }
}

/** Length of the longest end of `bytes` that is a beginning of `needle`, short of all of it. */
export function overlap(bytes: Buffer, needle: Buffer): number {
  for (let length = Math.min(bytes.length, needle.length - 1); length > 0; length--) {
    if (bytes.compare(needle, 0, length, bytes.length - length) === 0) return length;
  }
  return 0;
}
