import type { CapturedStream } from "../program/remote-task.ts";

/** Bytes with room to grow: many small pieces cost what one large one does. */
class Bytes {
  #buffer: Buffer = Buffer.alloc(0);
  length = 0;

  push(bytes: Buffer): void {
    const needed = this.length + bytes.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.length);
      this.#buffer = grown;
    }
    bytes.copy(this.#buffer, this.length);
    this.length = needed;
  }

  /** Only the last `count` stay. */
  keepLast(count: number): void {
    this.#buffer.copyWithin(0, this.length - count, this.length);
    this.length = count;
  }

  all(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.length));
  }
}

/** Keeps the first and the last half of `maxBytes` of one stream and counts what lies between. */
export class Capture {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  readonly #head = new Bytes();
  readonly #tail = new Bytes();
  #omittedBytes = 0;

  constructor(maxBytes: number) {
    this.#headLimit = Math.ceil(maxBytes / 2);
    this.#tailLimit = Math.floor(maxBytes / 2);
  }

  push(chunk: Buffer): void {
    const toHead = Math.min(chunk.length, this.#headLimit - this.#head.length);
    if (toHead > 0) this.#head.push(chunk.subarray(0, toHead));
    if (toHead === chunk.length) return;
    this.#tail.push(chunk.subarray(toHead));
    // Moved once in a while, so that each byte is moved about once.
    if (this.#tail.length > 2 * this.#tailLimit) this.#trim();
  }

  #trim(): void {
    const excess = this.#tail.length - this.#tailLimit;
    if (excess <= 0) return;
    this.#omittedBytes += excess;
    this.#tail.keepLast(this.#tailLimit);
  }

  result(): CapturedStream {
    this.#trim();
    return { head: this.#head.all(), tail: this.#tail.all(), omittedBytes: this.#omittedBytes };
  }
}

export const NOTHING_CAPTURED: CapturedStream = {
  head: Buffer.alloc(0),
  tail: Buffer.alloc(0),
  omittedBytes: 0,
};
