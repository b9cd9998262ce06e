import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileVersion, tellsOfTheFile } from "@roadrunner/core/files";
import type { ConfigFile, ConfigLine, ConfigProblem } from "./config-line.ts";
import { parseConfigLines } from "./config-lines.ts";
import { boxFault } from "../../transport/box-fault.ts";
import { isTrustedFile, readAccounts } from "./file-trust.ts";
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
        ? defaults.map((path) => this.#load(path, { ...DEFAULT, isSystem: path === SYSTEM_CONFIG }))
        : paths.map((path) => this.#load(path, { ...DEFAULT, isNamed: true }));
    return this.#files;
  }

  #hasChanged(): boolean {
    for (const [name, was] of this.#seen) if (look(name) !== was) return true;
    return false;
  }

  #load(path: string, how: HowToLoad): ConfigFile {
    this.#seen.set(path, look(path));
    const broken = (message: string): ConfigFile => ({
      path,
      lines: [],
      problems: [{ file: path, line: 0, message }],
    });
    if (how.depth > MAX_DEPTH) return broken("too many files included in one another");
    const empty: ConfigFile = { path, lines: [], problems: [] };
    const isIncluded = how.depth > 0;
    let text: string;
    try {
      const file = statSync(path);
      // ssh reads no lines of a folder, and would wait for a pipe.
      if (file.isDirectory() && isIncluded) return empty;
      if (file.isFIFO() || file.isSocket()) return broken("is a pipe or a socket, and no file");
      // What the worker's options name, and the system's own file, is taken as it is.
      if (
        (isIncluded || !(how.isNamed || how.isSystem)) &&
        !isTrustedFile(file, this.#options.uid, readAccounts)
      )
        return broken(
          "others may write to it, or own it; like ssh, this worker does not read it (chmod go-w)",
        );
      text = readFileSync(path, "utf8");
    } catch (error) {
      const failure = error as NodeJS.ErrnoException;
      const { code = "unreadable" } = failure;
      if (code === "ENOENT" && (isIncluded || !how.isNamed)) return empty;
      if (tellsOfTheFile(failure)) return broken(`cannot be read (${code})`);
      this.#seen.set(path, "not read");
      const problem = {
        file: path,
        line: 0,
        message: `cannot be read: ${boxFault(failure)}`,
        passes: true,
      } as const;
      return { path, lines: [], problems: [problem] };
    }
    const file = parseConfigLines(path, text);
    const lines = file.lines.map((line) => this.#withIncluded(line, how));
    const problems = lines
      .filter((line) => how.isSystem && isOfHome(line))
      .map(({ line }) => ({
        file: path,
        line,
        message: "Include of a path in a home folder (~), in the system's file",
      }));
    return { path, lines, problems: [...file.problems, ...problems] };
  }

  #withIncluded(line: ConfigLine, how: HowToLoad): ConfigLine {
    if (line.keyword !== "include") return line;
    const { home } = this.#options;
    const included = line.args.flatMap((text) => {
      const pattern = text.startsWith("~") ? atHome(text, home) : text;
      const absolute = pattern.startsWith("/")
        ? pattern
        : `${how.isSystem ? "/etc/ssh" : `${home}/.ssh`}/${pattern}`;
      this.#seen.set(PATTERN + absolute, look(PATTERN + absolute));
      return globPaths(absolute).map((path) => this.#load(path, { ...how, depth: how.depth + 1 }));
    });
    return { ...line, included };
  }
}

/** Of a file, and of those that it includes. */
interface HowToLoad {
  /** It must be there. */
  readonly isNamed: boolean;
  readonly isSystem: boolean;
  readonly depth: number;
}
const DEFAULT: HowToLoad = { isNamed: false, isSystem: false, depth: 0 };

function isOfHome({ keyword, args }: ConfigLine): boolean {
  return keyword === "include" && args.some((text) => text.startsWith("~"));
}

/** `~` and `~user` as glob(3) takes them; of a user that there is none of, nothing is found. */
function atHome(text: string, home: string): string {
  const [who = "", ...rest] = text.slice(1).split("/");
  const own = who === "" ? home : readAccounts().users.find(({ name }) => name === who)?.home;
  return own === undefined ? text : [own, ...rest].join("/");
}

/** Before what is a pattern and no path. */
const PATTERN = "pattern ";

function look(name: string): string {
  return name.startsWith(PATTERN) ? globPaths(name.slice(PATTERN.length)).join("\n") : fileVersion(name);
}

/** For a message: each with file and line. */
export function formatConfigProblems(problems: readonly ConfigProblem[]): string {
  return problems
    .map(({ file, line, message }) => `${line === 0 ? file : `${file}:${line}`}: ${message}`)
    .join("; ");
}
