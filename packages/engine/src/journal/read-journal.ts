import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { fail, parseRunEvent, succeed, type Result, type RunEvent, type RunPlan } from "@roadrunner/core";
import { whyUnread } from "@roadrunner/core/files";
import { JournalCheck } from "./journal-check.ts";

/** The longest text that Node makes has twice as many characters. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

export interface Journal {
  readonly path: string;
  readonly run: string;
  readonly plan: RunPlan;
  readonly started: Extract<RunEvent, { type: "run.started" }>;
  readonly events: readonly RunEvent[];
  /** Bytes up to the end of the last whole line. */
  readonly length: number;
  /** Bytes of a last line that a crash tore; it is ignored, and cut off when the run goes on. */
  readonly tornBytes: number;
}

/** Reads a journal. A torn last line is what a crash leaves; any other bad line makes the file unusable. */
export function readJournal(path: string): Result<Journal, string> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return fail(`${path}: cannot read the journal: ${whyUnread(error)}`);
  }
  const lines = parseLines(bytes, new JournalCheck());
  if (!lines.ok) {
    const { line, reason } = lines.error;
    return fail(`${path}:${line}: this line is no run event, ${reason}; the journal is damaged`);
  }
  const { events, length } = lines.value;
  const [started] = events;
  if (started?.type !== "run.started") {
    return fail(`${path}: the journal does not begin with run.started; nothing of the run was recorded`);
  }
  return succeed({
    path,
    run: started.run,
    plan: started.plan,
    started,
    events,
    length,
    tornBytes: bytes.length - length,
  });
}

/**
 * What was appended to a journal since it was read up to `length`: whole lines only, and the new length. Empty where
 * it cannot be read now.
 */
export function readAppended({ path, length }: Pick<Journal, "path" | "length">): Lines {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - length));
      const read = readSync(file, bytes, 0, bytes.length, length);
      const lines = parseLines(bytes.subarray(0, read), undefined);
      if (lines.ok) return { events: lines.value.events, length: length + lines.value.length };
    } finally {
      closeSync(file);
    }
  } catch {
    // It was removed, or cannot be opened for want of something: what was read stands.
  }
  return { events: [], length };
}

interface Lines {
  readonly events: readonly RunEvent[];
  readonly length: number;
}

/** What is wrong with a line, which is counted from 1. */
interface BadLine {
  readonly line: number;
  readonly reason: string;
}

function parseLines(bytes: Buffer, check: JournalCheck | undefined): Result<Lines, BadLine> {
  const length = bytes.lastIndexOf(0x0a) + 1;
  const events: RunEvent[] = [];
  for (let start = 0; start < length;) {
    const end = bytes.indexOf(0x0a, start);
    const line = bytes.subarray(start, end);
    const event =
      line.length > MAX_LINE_BYTES ? fail("it is too long") : parseRunEvent(line.toString("utf8"));
    if (!event.ok) return fail({ line: events.length + 1, reason: event.error });
    const fits = check?.next(event.value);
    if (fits?.ok === false) return fail({ line: events.length + 1, reason: fits.error });
    events.push(event.value);
    start = end + 1;
  }
  return succeed({ events, length });
}
