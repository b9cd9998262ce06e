import { chmodSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Where the journals of this user's runs lie: `$XDG_STATE_HOME/roadrunner/runs`, else
 * `~/.local/state/roadrunner/runs` (XDG Base Directory: a relative path is to be ignored).
 */
export function runsFolder(env: Readonly<Record<string, string | undefined>>): string {
  const state = env["XDG_STATE_HOME"];
  const base = state !== undefined && isAbsolute(state) ? state : join(homedir(), ".local", "state");
  return join(base, "roadrunner", "runs");
}

/** Makes the folder, private to its owner. Throws what the file system throws. */
export function makeRunsFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

export function journalPath(folder: string, run: string): string {
  return join(folder, `${run}.ndjson`);
}
