import { fail, type Result } from "../errors.ts";
import { whyUnread } from "./file-errors.ts";
import { FileCache } from "./file-version.ts";
import { pathFault, type PathKind } from "./path-fault.ts";

/**
 * A file that decides what is allowed. It is read again as soon as it has changed, so that whoever is struck from it
 * is out at once; while it cannot be read, or others may change it, nothing is allowed.
 */
export class CheckedFile<T> {
  readonly #path: string;
  readonly #kind: PathKind;
  readonly #cache: FileCache<Result<T, readonly string[]>>;

  constructor(
    path: string,
    parse: (bytes: Buffer) => Result<T, readonly string[]>,
    kind: PathKind = "public",
  ) {
    this.#path = path;
    this.#kind = kind;
    this.#cache = new FileCache((read) =>
      read.ok ? parse(read.value) : fail([`cannot read it: ${whyUnread(read.error)}`]),
    );
  }

  static ofText<T>(
    path: string,
    parse: (text: string) => Result<T, readonly string[]>,
    kind?: PathKind,
  ): CheckedFile<T> {
    return new CheckedFile(path, (bytes) => parse(bytes.toString("utf8")), kind);
  }

  /** Its content as it is now, or everything that is wrong with it. */
  get(): Result<T, readonly string[]> {
    // Each time: who may write the folders above can change without the file.
    const fault = pathFault(this.#path, this.#kind);
    if (fault !== undefined) return fail([`${this.#path} ${fault}`]);
    const found = this.#cache.get(this.#path);
    return found.ok ? found : fail(found.error.map((problem) => `${this.#path}: ${problem}`));
  }
}
