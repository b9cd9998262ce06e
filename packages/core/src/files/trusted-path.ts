import { lstatSync, readlinkSync, statSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { fail, succeed, type Result } from "../errors.ts";

/** As the kernel's own bound. */
const MAX_LINKS = 40;

/**
 * The path without links, if nobody but this user and root can put something else in its place: each folder on the way,
 * each link and what it names belongs to one of them, and a folder that others may write is sticky. This user's own
 * group may write: on many systems it is the user alone. What is not there yet is taken. The error names what is wrong
 * and what to do about it.
 */
export function trustedPath(path: string): Result<string, string> {
  // In a user namespace root is nobody; whoever owns / is as good as root to us.
  const trusted = [0, statSync("/").uid, process.getuid?.() ?? 0];
  let at = "/";
  let links = 0;
  const names = namesOf(isAbsolute(path) ? path : `${process.cwd()}/${path}`);
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const stat = lstatSync(next, { throwIfNoEntry: false });
    if (stat === undefined) return succeed(join(next, ...names));
    const isLink = stat.isSymbolicLink();
    if (!trusted.includes(stat.uid))
      return fail(`${next} ${isLink ? "is a link of" : "belongs to"} another user; name another path`);
    if (stat.isDirectory() && othersMayExchangeIn(stat))
      return fail(`others may exchange what is in ${next}; chmod +t or go-w it, or name another path`);
    if (!isLink) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return fail(`${next} is a link in a circle; name another path`);
    const target = readlinkSync(next);
    if (isAbsolute(target)) at = "/";
    names.unshift(...namesOf(target));
  }
  return succeed(at);
}

function othersMayExchangeIn({ mode, gid }: Stats): boolean {
  if ((mode & 0o1000) !== 0) return false;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== process.getgid?.());
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
