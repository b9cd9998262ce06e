import type { CapturedStream } from "../program/remote-task.ts";

/** Keeps the first and the last half of `maxBytes` of one stream and counts what lies between. */
export class Capture {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #omittedBytes = 0;

  constructor(maxBytes: number) {
    this.#headLimit = Math.ceil(maxBytes / 2);
    this.#tailLimit = Math.floor(maxBytes / 2);
  }

  push(chunk: Buffer): void {
    const toHead = Math.min(chunk.length, this.#headLimit - this.#headBytes);
    if (toHead > 0) {
      // A copy: a small piece would keep the whole of the socket's buffer alive.
      this.#head.push(Buffer.from(chunk.subarray(0, toHead)));
      this.#headBytes += toHead;
    }
    if (toHead === chunk.length) return;
    this.#tail.push(Buffer.from(chunk.subarray(toHead)));
    this.#tailBytes += chunk.length - toHead;
    this.#trim();
  }

  #trim(): void {
    while (this.#tailBytes > this.#tailLimit) {
      const first = this.#tail[0] as Buffer;
      const excess = this.#tailBytes - this.#tailLimit;
      const dropped = Math.min(excess, first.length);
      if (dropped === first.length) this.#tail.shift();
      else this.#tail[0] = first.subarray(dropped);
      this.#tailBytes -= dropped;
      this.#omittedBytes += dropped;
    }
    // Many small chunks cost more than their bytes.
    if (this.#tail.length > 1024) this.#tail = [Buffer.concat(this.#tail)];
  }

  result(): CapturedStream {
    return {
      head: Buffer.concat(this.#head),
      tail: Buffer.concat(this.#tail),
      omittedBytes: this.#omittedBytes,
    };
  }
}

export const NOTHING_CAPTURED: CapturedStream = {
  head: Buffer.alloc(0),
  tail: Buffer.alloc(0),
  omittedBytes: 0,
};
