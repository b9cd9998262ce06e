import { isUtf8 } from "node:buffer";
import { defined, type OutcomeMessage } from "@roadrunner/core";
import type { CapturedStream } from "../../program/remote-task.ts";

/** Bytes as they stand in a JSON message: text where they are UTF-8, else base64. */
export interface OutputText {
  readonly data: string;
  readonly encoding?: "base64";
}

export function toText(bytes: Buffer): OutputText {
  return isUtf8(bytes)
    ? { data: bytes.toString("utf8") }
    : { data: bytes.toString("base64"), encoding: "base64" };
}

/** First and last part of a captured stream as one text. */
export interface CapturedText extends OutputText {
  /** Bytes before what was left out. */
  readonly headBytes: number;
  /** With those of a character that the cut tore. */
  readonly omittedBytes: number;
}

/** A character that the cut tore is left out. */
export function capturedText(captured: CapturedStream): CapturedText {
  const { omittedBytes } = captured;
  const bytes = Buffer.concat([captured.head, captured.tail]);
  const asItIs = (): CapturedText => ({ ...toText(bytes), headBytes: captured.head.length, omittedBytes });
  if (omittedBytes === 0) return asItIs();
  const head = captured.head.subarray(0, captured.head.length - unfinishedBytes(captured.head));
  const tail = captured.tail.subarray(leadingContinuationBytes(captured.tail));
  const whole = toText(Buffer.concat([head, tail]));
  if (whole.encoding !== undefined) return asItIs();
  const torn = bytes.length - head.length - tail.length;
  return { ...whole, headBytes: head.length, omittedBytes: omittedBytes + torn };
}

/** Both captured streams, as they stand in an answer. */
export function capturedTexts(
  stdout: CapturedStream,
  stderr: CapturedStream,
): Pick<OutcomeMessage, "stdout" | "stderr" | "encoding" | "omittedBytes" | "omittedAfter"> {
  const texts = { stdout: capturedText(stdout), stderr: capturedText(stderr) };
  const omitted = { stdout: texts.stdout.omittedBytes, stderr: texts.stderr.omittedBytes };
  const omittedAfter = { stdout: texts.stdout.headBytes, stderr: texts.stderr.headBytes };
  const encoding = defined({ stdout: texts.stdout.encoding, stderr: texts.stderr.encoding });
  return {
    stdout: texts.stdout.data,
    stderr: texts.stderr.data,
    ...(Object.keys(encoding).length === 0 ? {} : { encoding }),
    ...(omitted.stdout + omitted.stderr > 0 ? { omittedBytes: omitted, omittedAfter } : {}),
  };
}

/** Cuts live output at character borders, so that a character in two chunks stays whole. */
export class LiveText {
  #carry = Buffer.alloc(0);

  push(chunk: Buffer): OutputText | undefined {
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    const unfinished = unfinishedBytes(bytes);
    this.#carry = Buffer.from(bytes.subarray(bytes.length - unfinished));
    const whole = bytes.subarray(0, bytes.length - unfinished);
    return whole.length === 0 ? undefined : toText(whole);
  }

  end(): OutputText | undefined {
    const rest = this.#carry;
    this.#carry = Buffer.alloc(0);
    return rest.length === 0 ? undefined : toText(rest);
  }
}

/** How many bytes at the end begin a UTF-8 character and do not finish it: 0 to 3. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? back : 0;
    }
  }
  return 0;
}

function leadingContinuationBytes(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && count < bytes.length && ((bytes[count] ?? 0) & 0xc0) === 0x80) count += 1;
  return count;
}
