import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { fail, succeed, type Result, type RunEvent, type RunPlan } from "@roadrunner/core";

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
    const { code } = error as NodeJS.ErrnoException;
    return fail(
      `${path}: cannot read the journal: ${code === "ENOENT" ? "there is no such run" : String(code)}`,
    );
  }
  const lines = parseLines(bytes);
  if (!lines.ok) return fail(`${path}:${lines.error}: this line is no run event; the journal is damaged`);
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
      const lines = parseLines(bytes.subarray(0, read));
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

/** The error is the number of the line that is none, from 1. */
function parseLines(bytes: Buffer): Result<Lines, number> {
  const length = bytes.lastIndexOf(0x0a) + 1;
  const events: RunEvent[] = [];
  for (let start = 0; start < length;) {
    const end = bytes.indexOf(0x0a, start);
    const event = parseLine(bytes.toString("utf8", start, end));
    if (event === undefined) return fail(events.length + 1);
    events.push(event);
    start = end + 1;
  }
  return succeed({ events, length });
}

function parseLine(line: string): RunEvent | undefined {
  try {
    const event = JSON.parse(line) as Partial<RunEvent> | null;
    const whole =
      typeof event === "object" &&
      event !== null &&
      typeof event.type === "string" &&
      typeof event.time === "string" &&
      typeof event.run === "string";
    return whole ? (event as RunEvent) : undefined;
  } catch {
    return undefined;
  }
}
