import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readFileSync, rmSync } from "node:fs";
import { fail, succeed, type Result } from "@roadrunner/core";
import { whyUnwritten } from "@roadrunner/core/files";
import { makeRunsFolder, saidPath } from "@roadrunner/engine/journal";

/** What earlier processes of the run have said goes when there is more of it. */
const MOST_BYTES = 1024 * 1024;
/** Characters of what an unexpected end has left to read. */
const MOST_SHOWN = 16 * 1024;

/** What a process says that nobody watches, in a file of its owner's alone beside the run's journal. */
export class SaidFile {
  readonly descriptor: number;
  readonly #path: string;
  /** Bytes of earlier processes; absent: there was none. */
  readonly #before: number | undefined;

  private constructor(path: string, descriptor: number, before: number | undefined) {
    this.#path = path;
    this.descriptor = descriptor;
    this.#before = before;
  }

  static open(folder: string, run: string): Result<SaidFile, string> {
    const path = saidPath(folder, run);
    const made = makeRunsFolder(folder);
    if (!made.ok) return fail(`cannot make ${path}: ${made.error}`);
    try {
      const isNew = !existsSync(path);
      const descriptor = openSync(path, "a", 0o600);
      if (isNew) return succeed(new SaidFile(path, descriptor, undefined));
      const { size } = fstatSync(descriptor);
      if (size <= MOST_BYTES) return succeed(new SaidFile(path, descriptor, size));
      ftruncateSync(descriptor, 0);
      return succeed(new SaidFile(path, descriptor, 0));
    } catch (error) {
      return fail(`cannot make ${path}: ${whyUnwritten(error)}`);
    }
  }

  /** It is the process's alone from here on. */
  close(): void {
    closeSync(this.descriptor);
  }

  /** What the process has said there, for who started it to tell: its run has not begun. A new file goes again. */
  takeBack(): string {
    try {
      const said = readFileSync(this.#path).subarray(this.#before).toString("utf8");
      if (this.#before === undefined) rmSync(this.#path);
      return said.slice(-MOST_SHOWN).trimEnd();
    } catch {
      // Somebody has removed it.
      return "";
    }
  }
}
