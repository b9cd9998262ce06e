import { closeSync, constants, fdatasyncSync, ftruncateSync, fstatSync, openSync, writeSync } from "node:fs";
import { fail, succeed, type Result, type RunEvent } from "@roadrunner/core";
import { whyUnwritten } from "@roadrunner/core/files";
import { journalPath, makeRunsFolder } from "./state-folder.ts";

/** After these the file is forced to the disk; the others may wait for the kernel. */
const FORCED: ReadonlySet<RunEvent["type"]> = new Set([
  "run.started",
  "run.resumed",
  "run.interrupted",
  "run.ended",
  "slot.started",
  "slot.ended",
]);

/**
 * The journal of one run: its events without the live output, one JSON line each. The events of one decision are
 * one write, made before what they lead to is done; so after a crash the journal never knows less than the world.
 */
export class JournalWriter {
  readonly path: string;
  readonly #file: number;
  #closed = false;

  private constructor(path: string, file: number) {
    this.path = path;
    this.#file = file;
  }

  static create(folder: string, run: string): Result<JournalWriter, string> {
    const path = journalPath(folder, run);
    const made = makeRunsFolder(folder);
    if (!made.ok) return fail(`cannot make the journal ${path}: ${made.error}`);
    try {
      return succeed(new JournalWriter(path, openSync(path, "ax", 0o600)));
    } catch (error) {
      return fail(`cannot make the journal ${path}: ${whyUnwritten(error)}`);
    }
  }

  /** Goes on with a journal, cutting off a torn last line: `length` are its bytes up to there. */
  static reopen(path: string, length: number): Result<JournalWriter, string> {
    try {
      const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
      const { uid, size } = fstatSync(file);
      if (uid !== (process.getuid?.() ?? uid)) {
        closeSync(file);
        return fail(`cannot go on with the journal ${path}: it belongs to another user`);
      }
      if (size > length) ftruncateSync(file, length);
      return succeed(new JournalWriter(path, file));
    } catch (error) {
      return fail(`cannot go on with the journal ${path}: ${whyUnwritten(error)}`);
    }
  }

  /** Writes the events of one decision; the error says why they are not all there. */
  append(events: readonly RunEvent[]): Result<void, string> {
    const kept = events.filter((event) => event.type !== "task.output");
    if (kept.length === 0) return succeed(undefined);
    const bytes = Buffer.from(kept.map((event) => `${JSON.stringify(event)}\n`).join(""));
    try {
      // A disk that becomes full takes a part of a write and says so only at the next one.
      for (let written = 0; written < bytes.length;) {
        written += writeSync(this.#file, bytes, written, bytes.length - written);
      }
      if (kept.some((event) => FORCED.has(event.type))) fdatasyncSync(this.#file);
      return succeed(undefined);
    } catch (error) {
      return fail(`cannot write the journal ${this.path}: ${whyUnwritten(error)}`);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
  }
}
