import { readFileSync, statSync } from "node:fs";
import { fail, succeed, type Result } from "@roadrunner/core";
import { FileCache } from "./file-version.ts";

/**
 * A file that decides what is allowed. It is read again as soon as it has changed, so that whoever is struck from it
 * is out at once; while it cannot be read, nothing is allowed.
 */
export class CheckedFile<T> {
  readonly #path: string;
  readonly #cache: FileCache<Result<T, readonly string[]>>;

  /** @param kind a secret file must be closed to all but its owner */
  constructor(
    path: string,
    parse: (text: string) => Result<T, readonly string[]>,
    kind: "public" | "secret" = "public",
  ) {
    this.#path = path;
    this.#cache = new FileCache(() => {
      const text = readText(path, kind);
      return text.ok ? parse(text.value) : text;
    });
  }

  /** Its content as it is now, or everything that is wrong with it. */
  get(): Result<T, readonly string[]> {
    const found = this.#cache.get(this.#path);
    return found.ok ? found : fail(found.error.map((problem) => `${this.#path}: ${problem}`));
  }
}

function readText(path: string, kind: "public" | "secret"): Result<string, readonly string[]> {
  try {
    if (kind === "secret" && (statSync(path).mode & 0o077) !== 0)
      return fail(["it may be read by others than its owner (chmod 600)"]);
    return succeed(readFileSync(path, "utf8"));
  } catch (error) {
    return fail([`cannot read it: ${(error as NodeJS.ErrnoException).code ?? String(error)}`]);
  }
}
