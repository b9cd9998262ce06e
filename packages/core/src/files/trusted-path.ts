import { join } from "node:path";
import { fail, succeed, type Result } from "../errors.ts";
import { othersMayExchangeIn, walkPath, type PathFlaw } from "./path-walk.ts";

/**
 * The path without links, if nobody but this user and root can put something else in its place: each folder on the way,
 * each link and what it names belongs to one of them, and a folder that others may write is sticky. This user's own
 * group may write: on many systems it is the user alone. What is not there yet is taken. The error names what is wrong
 * and what to do about it.
 */
export function trustedPath(path: string): Result<string, string> {
  const trust = { uid: process.getuid?.() ?? 0, gid: process.getgid?.(), behindClosed: false };
  const walked = walkPath(path, trust);
  if (!walked.ok) return withoutEnd(walked.error);
  const { path: end, stat } = walked.value;
  return stat?.isDirectory() === true && othersMayExchangeIn(stat, trust)
    ? withoutEnd({ type: "exchangeable", path: end, stat })
    : succeed(end);
}

function withoutEnd(flaw: PathFlaw): Result<string, string> {
  switch (flaw.type) {
    case "unseen": {
      const { error, path, rest } = flaw;
      const isMissing = error.code === "ENOENT" || error.code === "ENOTDIR";
      return isMissing
        ? succeed(join(path, ...rest))
        : fail(`${path} cannot be looked at (${error.code ?? String(error)}); name another path`);
    }
    case "circle":
      return fail(`${flaw.path} is a link in a circle; name another path`);
    case "exchangeable":
      return fail(`others may replace what is in ${flaw.path}; chmod +t or go-w it, or name another path`);
    case "foreign": {
      const isLink = flaw.stat.isSymbolicLink();
      return fail(`${flaw.path} ${isLink ? "is a link of" : "belongs to"} another user; name another path`);
    }
  }
}
