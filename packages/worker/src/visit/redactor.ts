import { overlap } from "./mark-reader.ts";

export interface Secret {
  readonly name: string;
  readonly value: string;
}

interface Needle {
  readonly bytes: Buffer;
  readonly shown: Buffer;
}

/** Of a secret of several lines each one from here on is a secret as well: a shorter one may be a word of anybody's. */
const FEWEST_OF_LINE = 8;
/** So many lines are looked for; a key has some fifty. */
const MOST_LINES = 500;

/** A secret, and its lines: `head -1`, `set -x` and `env` show them one by one. */
function shownParts({ name, value }: Secret): readonly Secret[] {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim());
  if (lines.filter((line) => line !== "").length < 2) return [{ name, value }];
  const told = [...new Set(lines)].filter((line) => line.length >= FEWEST_OF_LINE).slice(0, MOST_LINES);
  return [{ name, value }, ...told.map((line) => ({ name, value: line }))];
}

/**
 * Replaces secrets by `[secret NAME]` in one stream, also where a chunk's border cuts one. Holds back at
 * most one byte less than the longest secret. A final newline of a value is not part of it: files have one.
 * Each longer line of a secret of several lines is one by itself.
 */
export class Redactor {
  readonly #needles: readonly Needle[];
  #held: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly Secret[]) {
    this.#needles = secrets
      .flatMap(shownParts)
      .map(({ name, value }) => ({
        bytes: Buffer.from(value.replace(/[\r\n]+$/, "")),
        shown: Buffer.from(`[secret ${name}]`),
      }))
      .filter(({ bytes }) => bytes.length > 0)
      // Of two that begin at one position the longer goes first.
      .sort((a, b) => b.bytes.length - a.bytes.length);
  }

  push(chunk: Buffer): Buffer {
    if (this.#needles.length === 0) return chunk;
    return this.#replace(this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]), false);
  }

  /** The stream has ended: nothing more can complete what is held back. */
  end(): Buffer {
    const rest = this.#replace(this.#held, true);
    this.#held = Buffer.alloc(0);
    return rest;
  }

  #replace(bytes: Buffer, last: boolean): Buffer {
    const hold = last ? bytes.length : bytes.length - this.#longestOverlap(bytes);
    const next = this.#needles.map((needle) => bytes.indexOf(needle.bytes));
    const parts: Buffer[] = [];
    let done = 0;
    for (;;) {
      const found = this.#first(bytes, next, done);
      // What begins where something longer may be beginning has to wait.
      if (found === undefined || found.at >= hold) break;
      parts.push(bytes.subarray(done, found.at), found.needle.shown);
      done = found.at + found.needle.bytes.length;
    }
    const end = Math.max(done, hold);
    parts.push(bytes.subarray(done, end));
    this.#held = Buffer.from(bytes.subarray(end));
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  #longestOverlap(bytes: Buffer): number {
    return Math.max(...this.#needles.map((needle) => overlap(bytes, needle.bytes)));
  }

  /** The first needle from `from` on; `next` holds where each was last found, so that none is sought twice. */
  #first(bytes: Buffer, next: number[], from: number): { at: number; needle: Needle } | undefined {
    let first: { at: number; needle: Needle } | undefined;
    for (const [index, needle] of this.#needles.entries()) {
      let at = next[index] as number;
      if (at >= 0 && at < from) at = next[index] = bytes.indexOf(needle.bytes, from);
      if (at >= 0 && (first === undefined || at < first.at)) first = { at, needle };
    }
    return first;
  }
}
