import { lstatSync, mkdirSync } from "node:fs";
import { fail, succeed, type Result } from "../errors.ts";
import { whyUnwritten } from "./file-errors.ts";
import { modeFault } from "./path-fault.ts";
import { trustedPath } from "./trusted-path.ts";

/**
 * A folder in which nobody else can put anything: made for its owner alone, or there already, this user's own, and
 * closed to what others write. The value is its path without links; the error names the folder and says what to do.
 */
export function privateFolder(path: string): Result<string, string> {
  const trusted = trustedPath(path);
  if (!trusted.ok) return trusted;
  try {
    mkdirSync(trusted.value, { recursive: true, mode: 0o700 });
    // Once more: somebody may have been faster than mkdir.
    const made = trustedPath(trusted.value);
    if (!made.ok) return made;
    const stat = lstatSync(trusted.value);
    if (!stat.isDirectory()) return fail(`${path} is no folder; name another`);
    if (stat.uid !== (process.getuid?.() ?? stat.uid))
      return fail(`${path} belongs to another user; name a folder of your own`);
    const fault = modeFault(stat, "public");
    return fault === undefined ? succeed(trusted.value) : fail(`${path} ${fault}, or name another`);
  } catch (error) {
    return fail(`${path}: ${whyUnwritten(error)}`);
  }
}
