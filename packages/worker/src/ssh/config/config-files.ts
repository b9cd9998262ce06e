import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseConfigLines, type ConfigFile, type ConfigLine, type ConfigProblem } from "./config-lines.ts";
import { fileVersion } from "../../files/file-version.ts";
import { globPaths } from "./glob-paths.ts";

export interface ConfigFilesOptions {
  /** Files that must be there; default ~/.ssh/config and /etc/ssh/ssh_config, as far as they are. */
  readonly paths?: readonly string[];
  readonly home: string;
  readonly uid: number;
}

const SYSTEM_CONFIG = "/etc/ssh/ssh_config";
/** READCONF_MAX_DEPTH */
const MAX_DEPTH = 16;
/** How long the files are taken to be unchanged, so that a burst of connections asks once. */
const LOOK_AGAIN_MS = 1000;

/** The worker's ssh_config files with what they include, read again when one of them has changed. */
export class ConfigFiles {
  readonly #options: ConfigFilesOptions;
  #files: readonly ConfigFile[] | undefined;
  #lookedAt = 0;
  /** What was seen when they were read: a file's version, a pattern's paths. */
  #seen = new Map<string, string>();

  constructor(options: ConfigFilesOptions) {
    this.#options = options;
  }

  /** The same array as long as nothing has changed. `nowMs`: of a monotonic clock. */
  read(nowMs: number): readonly ConfigFile[] {
    if (this.#files !== undefined && nowMs - this.#lookedAt < LOOK_AGAIN_MS) return this.#files;
    this.#lookedAt = nowMs;
    if (this.#files !== undefined && !this.#hasChanged()) return this.#files;
    this.#seen = new Map();
    const { paths, home } = this.#options;
    const defaults = [join(home, ".ssh/config"), SYSTEM_CONFIG];
    this.#files =
      paths === undefined
        ? defaults.map((path) => this.#load(path, { mayLack: true, check: path !== SYSTEM_CONFIG, depth: 0 }))
        : paths.map((path) => this.#load(path, { mayLack: false, check: false, depth: 0 }));
    return this.#files;
  }

  #hasChanged(): boolean {
    for (const [name, was] of this.#seen) if (look(name) !== was) return true;
    return false;
  }

  #load(path: string, how: { mayLack: boolean; check: boolean; depth: number }): ConfigFile {
    this.#seen.set(path, look(path));
    const broken = (message: string): ConfigFile => ({
      path,
      lines: [],
      problems: [{ file: path, line: 0, message }],
    });
    if (how.depth > MAX_DEPTH) return broken("too many files included in one another");
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      const { code = "unreadable" } = error as NodeJS.ErrnoException;
      return code === "ENOENT" && how.mayLack
        ? { path, lines: [], problems: [] }
        : broken(`cannot be read (${code})`);
    }
    if (how.check && !isTrusted(path, this.#options.uid))
      return broken("others may write to it, or own it; as ssh, we do not read it (chmod go-w)");
    const file = parseConfigLines(path, text);
    return { ...file, lines: file.lines.map((line) => this.#withIncluded(line, how.depth)) };
  }

  #withIncluded(line: ConfigLine, depth: number): ConfigLine {
    if (line.keyword !== "include") return line;
    const { home } = this.#options;
    const included = line.args.flatMap((text) => {
      const base = line.file.startsWith("/etc/ssh/") ? "/etc/ssh" : join(home, ".ssh");
      const pattern = text.startsWith("~/") ? join(home, text.slice(2)) : text;
      const absolute = pattern.startsWith("/") ? pattern : join(base, pattern);
      this.#seen.set(PATTERN + absolute, look(PATTERN + absolute));
      return globPaths(absolute).map((path) =>
        this.#load(path, { mayLack: true, check: true, depth: depth + 1 }),
      );
    });
    return { ...line, included };
  }
}

/** Before what is a pattern and no path. */
const PATTERN = "pattern ";

function look(name: string): string {
  return name.startsWith(PATTERN) ? globPaths(name.slice(PATTERN.length)).join("\n") : fileVersion(name);
}

function isTrusted(path: string, uid: number): boolean {
  const { uid: owner, mode } = statSync(path);
  return (owner === 0 || owner === uid) && (mode & 0o022) === 0;
}

/** For a message: each with its place. */
export function formatConfigProblems(problems: readonly ConfigProblem[]): string {
  return problems
    .map(({ file, line, message }) => `${line === 0 ? file : `${file}:${line}`}: ${message}`)
    .join("; ");
}
