import { chmodSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { succeed, type Result } from "@roadrunner/core/errors";
import { privateFolder } from "@roadrunner/core/files";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What this user's programs keep: `$XDG_STATE_HOME/roadrunner`, else `~/.local/state/roadrunner` (XDG Base Directory: a
 * relative path is to be ignored).
 */
export function stateFolder(env: Env): string {
  const state = env["XDG_STATE_HOME"];
  const base = state !== undefined && isAbsolute(state) ? state : join(homedir(), ".local", "state");
  return join(base, "roadrunner");
}

/** Where the journals of this user's runs lie. */
export function runsFolder(env: Env): string {
  return join(stateFolder(env), "runs");
}

/** Makes the folder, private to its owner; the error says what is wrong with one that is there. */
export function makeRunsFolder(folder: string): Result<void, string> {
  const made = privateFolder(folder);
  if (!made.ok) return made;
  chmodSync(made.value, 0o700);
  return succeed(undefined);
}

/** Where the locks lie of the runs in this folder: beside it. */
export function locksFolder(runs: string): string {
  return join(dirname(runs), "locks");
}

export function journalPath(folder: string, run: string): string {
  return join(folder, `${run}.ndjson`);
}

/** What the process that carries this run says, where nobody watches it: beside the journal. */
export function saidPath(folder: string, run: string): string {
  return join(folder, `${run}.log`);
}
