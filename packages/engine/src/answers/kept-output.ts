import { reportIn, type OutcomeMessage, type TaskReport } from "@roadrunner/core";

/**
 * What of a worker's answer goes into the run events: at most `keepBytes` of each stream, first and last part.
 * `queuedMs` is the client's own measure.
 */
export function reportOf(
  message: OutcomeMessage,
  keepBytes: number,
  queuedMs: number | undefined,
): TaskReport {
  const stdout = keep(message.stdout, message.encoding?.stdout, keepBytes);
  const stderr = keep(message.stderr, message.encoding?.stderr, keepBytes);
  const omitted = {
    stdout: stdout.omitted + (message.omittedBytes?.stdout ?? 0),
    stderr: stderr.omitted + (message.omittedBytes?.stderr ?? 0),
  };
  const after = ({ headBytes, text }: Kept, stream: "stdout" | "stderr"): number =>
    headBytes ??
    message.omittedAfter?.[stream] ??
    Math.floor(Buffer.byteLength(text, message.encoding?.[stream] ?? "utf8") / 2);
  const omittedAfter = { stdout: after(stdout, "stdout"), stderr: after(stderr, "stderr") };
  const { connectMs = 0 } = message;
  return {
    ...reportIn(message),
    ...(queuedMs === undefined ? {} : { queuedMs: Math.max(0, Math.round(queuedMs - connectMs)) }),
    stdout: stdout.text,
    stderr: stderr.text,
    ...(omitted.stdout + omitted.stderr > 0 ? { omittedBytes: omitted, omittedAfter } : {}),
  };
}

interface Kept {
  readonly text: string;
  readonly omitted: number;
  /** Bytes before what was left out here; absent where that was nothing. */
  readonly headBytes?: number;
}

function keep(text: string, encoding: "base64" | undefined, keepBytes: number): Kept {
  // A text of no more characters than a third of the bound cannot be over it in UTF-8.
  if (text.length * 3 <= keepBytes) return { text, omitted: 0 };
  const bytes = Buffer.from(text, encoding ?? "utf8");
  if (bytes.length <= keepBytes) return { text, omitted: 0 };
  const half = Math.floor(keepBytes / 2);
  if (encoding === "base64") {
    const kept = Buffer.concat([bytes.subarray(0, half), bytes.subarray(bytes.length - half)]);
    return { text: kept.toString("base64"), omitted: bytes.length - 2 * half, headBytes: half };
  }
  const head = wholeStart(bytes, half);
  const tail = wholeEnd(bytes, half);
  return {
    text: head.toString("utf8") + tail.toString("utf8"),
    omitted: bytes.length - head.length - tail.length,
    headBytes: head.length,
  };
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function wholeStart(bytes: Buffer, length: number): Buffer {
  let end = length;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return bytes.subarray(0, end);
}

function wholeEnd(bytes: Buffer, length: number): Buffer {
  let start = bytes.length - length;
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  return bytes.subarray(start);
}
