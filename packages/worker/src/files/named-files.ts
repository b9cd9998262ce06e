import { accessSync, constants, lstatSync, readFileSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { fail, succeed, type OptionSpec, type Result } from "@roadrunner/core/cli";
import { isNamedPipe, pathFault, type PathKind } from "@roadrunner/core/files";

/**
 * Files and folders that options name. They are looked at when the options are read: later, one that was never there
 * would fail host after host, and look like the hosts' fault.
 */

/** What is wrong with a path and what to do about it, to stand behind it; undefined: nothing. */
export type Look = (path: string) => string | undefined;

/** The option, refused where a path that it names does not do. */
export function looked<T extends string | readonly string[] | undefined>(
  spec: OptionSpec<T>,
  look: Look,
): OptionSpec<T> {
  const parse = (text: string): Result<T, string> => {
    const parsed = spec.parse(text);
    if (!parsed.ok) return parsed;
    const named: string | readonly string[] | undefined = parsed.value;
    const paths = typeof named === "string" ? [named] : (named ?? []);
    const problems = paths.flatMap((path) => {
      const fault = look(path);
      return fault === undefined ? [] : [`${path} ${fault}`];
    });
    return problems.length === 0 ? parsed : fail(problems.join("; "));
  };
  return { ...spec, parse };
}

/** A file that nobody else can change, or a device such as /dev/null. */
export function readable(path: string): string | undefined {
  return named(path, "public");
}

/** It is made with the first new key, where those are accepted; of its folders, only the last is. */
export function knownHosts(path: string): string | undefined {
  const folder = dirname(path);
  const folders = isMissing(folder) ? dirname(folder) : folder;
  const canBeMade = isMissing(path) && isFolder(folders) && !isOfShell(path);
  return canBeMade ? undefined : readable(path);
}

/** A key for us to sign with, or the name of a public half whose key the agent has. */
export function identity(path: string): string | undefined {
  const stat = statOf(path);
  if (!stat.ok) return statOf(`${path}.pub`).ok ? undefined : stat.error;
  const fault = unreadable(path, stat.value);
  if (fault !== undefined || !stat.value.isFile()) return fault;
  const isOpen = stat.value.uid === process.getuid?.() && (stat.value.mode & 0o077) !== 0;
  return isOpen && /PRIVATE KEY|^PuTTY/.test(readFileSync(path, "latin1"))
    ? pathFault(path, "secret")
    : undefined;
}

/** A file whose lines are secrets. */
export function secretFile(path: string): string | undefined {
  return named(path, "secret");
}

/** As `readPrivateFile` takes one. */
export function privateFile(path: string): string | undefined {
  const stat = statOf(path, lstatSync);
  if (!stat.ok) return stat.error;
  return stat.value.isFile() ? named(path, "secret") : "is not a plain file; name one";
}

export function folder(path: string): string | undefined {
  const stat = statOf(path);
  if (!stat.ok) return stat.error;
  if (!stat.value.isDirectory()) return "is not a folder; name one";
  if (!mayDo(path, constants.X_OK)) return "cannot be entered by this user; chmod or chown it";
  return pathFault(path, "public");
}

function named(path: string, kind: PathKind): string | undefined {
  const stat = statOf(path);
  return stat.ok ? (unreadable(path, stat.value) ?? pathFault(path, kind)) : stat.error;
}

function statOf(path: string, stat: (path: string) => Stats = statSync): Result<Stats, string> {
  try {
    return succeed(stat(path));
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOENT") return fail(`cannot be looked at (${code}); mend that, or name another`);
    return fail(
      isOfShell(path)
        ? "does not exist: ~ stands for a home folder in the shell only; write it out"
        : "does not exist; name one that does",
    );
  }
}

function unreadable(path: string, stat: Stats): string | undefined {
  if (stat.isDirectory()) return "is a folder; name a file";
  if (isNamedPipe(path, stat)) return "is a named pipe, and no plain file; name one";
  return mayDo(path, constants.R_OK) ? undefined : "cannot be read by this user; chmod or chown it";
}

function mayDo(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  const stat = statOf(path);
  return stat.ok && stat.value.isDirectory();
}

function isMissing(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return codeOf(error) === "ENOENT";
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function isOfShell(path: string): boolean {
  return path.startsWith("~");
}
