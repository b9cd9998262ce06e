import { statSync } from "node:fs";
import { fail, succeed, type Result } from "../errors.ts";
import { readNamedFile } from "./read-file.ts";

/** Tells whether a file is still the one that was read: changes with its content, cheaply (one stat). */
export function fileVersion(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unreadable";
  }
}

/** The bytes of a file, or the system's code for why there are none. */
export type ReadFile = Result<Buffer, NodeJS.ErrnoException>;

/** What `parse` makes of files, kept until the file changes. */
export class FileCache<T> {
  readonly #parse: (read: ReadFile, path: string) => T;
  readonly #kept = new Map<string, { readonly version: string; readonly value: T }>();

  constructor(parse: (read: ReadFile, path: string) => T) {
    this.#parse = parse;
  }

  get(path: string): T {
    const version = fileVersion(path);
    const kept = this.#kept.get(path);
    if (kept?.version === version) return kept.value;
    const read = readIn(path);
    const value = this.#parse(read, path);
    if (read.ok || tellsOfTheFile(read.error)) this.#kept.set(path, { version, value });
    return value;
  }

  /** The value stands for the file as it is now: after a change of our own that it already holds. */
  keep(path: string, value: T): void {
    this.#kept.set(path, { version: fileVersion(path), value });
  }
}

/** These stay as they are until the file changes. Others pass: the process was out of file descriptors, and the like. */
const OF_THE_FILE = new Set(["ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

export function tellsOfTheFile({ code = "" }: NodeJS.ErrnoException): boolean {
  return OF_THE_FILE.has(code);
}

function readIn(path: string): ReadFile {
  try {
    return succeed(readNamedFile(path));
  } catch (error) {
    return fail(error as NodeJS.ErrnoException);
  }
}
