import { statSync } from "node:fs";

/** Tells whether a file is still the one that was read: changes with its content, cheaply (one stat). */
export function fileVersion(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unreadable";
  }
}

/** What `read` makes of files, kept until the file changes. */
export class FileCache<T> {
  readonly #read: (path: string) => T;
  readonly #kept = new Map<string, { readonly version: string; readonly value: T }>();

  constructor(read: (path: string) => T) {
    this.#read = read;
  }

  get(path: string): T {
    const version = fileVersion(path);
    const kept = this.#kept.get(path);
    if (kept?.version === version) return kept.value;
    const value = this.#read(path);
    this.#kept.set(path, { version, value });
    return value;
  }

  /** The value stands for the file as it is now: after a change of our own that it already holds. */
  keep(path: string, value: T): void {
    this.#kept.set(path, { version: fileVersion(path), value });
  }
}
