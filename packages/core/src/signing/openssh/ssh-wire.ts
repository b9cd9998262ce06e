import { fail, succeed, type Result } from "../../errors.ts";

/** The data types of RFC 4251 section 5, as far as keys and signatures need them. */

export function sshString(bytes: Uint8Array | string): Buffer {
  const content = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

/** A number that is not negative, from its big-endian bytes: no leading zeros, but one before a set top bit. */
export function sshMpint(bytes: Uint8Array): Buffer {
  const trimmed = withoutLeadingZeros(bytes);
  return sshString((trimmed[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), trimmed]) : trimmed);
}

/** The bytes of an mpint that is not negative, without leading zeros; a negative one is no number here. */
export function numberOf(mpint: Uint8Array): Uint8Array | undefined {
  return (mpint[0] ?? 0) >= 0x80 ? undefined : withoutLeadingZeros(mpint);
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start += 1;
  return bytes.subarray(start);
}

/** Reads such data one after another; `undefined` where the bytes end too early, and for all that is asked for then. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;
  #isCutOff = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return !this.#isCutOff && this.#at === this.#bytes.length;
  }

  /** How many bytes were read. */
  get at(): number {
    return this.#at;
  }

  raw(length: number): Buffer | undefined {
    this.#isCutOff ||= this.#at + length > this.#bytes.length;
    if (this.#isCutOff) return undefined;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint32(): number | undefined {
    return this.raw(4)?.readUInt32BE(0);
  }

  uint64(): bigint | undefined {
    return this.raw(8)?.readBigUInt64BE(0);
  }

  string(): Buffer | undefined {
    const length = this.uint32();
    return length === undefined ? undefined : this.raw(length);
  }

  /** All strings up to the end, at most `max` of them. */
  list(max: number): readonly Buffer[] | undefined {
    const found: Buffer[] = [];
    while (!this.atEnd) {
      const next = this.string();
      if (next === undefined || found.length === max) return undefined;
      found.push(next);
    }
    return found;
  }

  /** The strings that make up the rest, exactly `count` of them. */
  strings(count: number): Result<readonly Buffer[], string> {
    const found: Buffer[] = [];
    for (let index = 0; index < count; index += 1) {
      const next = this.string();
      if (next === undefined) return fail("it is cut off");
      found.push(next);
    }
    return this.atEnd ? succeed(found) : fail("bytes follow its end");
  }
}
