import { lstatSync, readlinkSync, statSync, type Stats } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { fail, succeed, type Result } from "../errors.ts";

/** As the kernel's own bound. */
const MAX_LINKS = 40;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const OTHERS_ENTER = 0o011;
const STICKY = 0o1000;

/** Whom a path may depend on, besides root. */
export interface Trust {
  readonly uid: number;
  /** Members of this group as well; without it every group is somebody else. */
  readonly gid?: number | undefined;
  /** Whether modes do not matter below a folder that nobody else can enter. */
  readonly behindClosed: boolean;
}

/** What is at a path, its links followed. */
export interface PathEnd {
  readonly path: string;
  /** Undefined for the root of all. */
  readonly stat?: Stats;
}

/** The first thing on the way, or at its end, that somebody else may exchange, or that cannot be looked at. */
export type PathFlaw =
  | { readonly type: "foreign"; readonly path: string; readonly stat: Stats; readonly isEnd: boolean }
  | { readonly type: "exchangeable"; readonly path: string; readonly stat: Stats }
  | { readonly type: "circle"; readonly path: string }
  /** `rest`: what is named below it. */
  | {
      readonly type: "unseen";
      readonly path: string;
      readonly rest: readonly string[];
      readonly error: NodeJS.ErrnoException;
    };

interface Step extends PathEnd {
  readonly closed: boolean;
}

/**
 * Goes a path as the kernel does, link by link. Each folder on the way, each link and what is at the end must be owned
 * by one who is trusted, and nobody else may exchange what is in a folder on the way. The mode of the end is the
 * asker's to judge.
 */
export function walkPath(path: string, trust: Trust): Result<PathEnd, PathFlaw> {
  // In a user namespace root is nobody; whoever owns / is as good as root to us.
  const owners = new Set([0, statSync("/").uid, trust.uid]);
  const names = namesOf(isAbsolute(path) ? path : `${process.cwd()}/${path}`);
  let way: Step[] = [];
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "..") {
      way.pop();
      // Gone to anew, since it may be the end now.
      const above = way.pop();
      if (above !== undefined) names.unshift(basename(above.path));
      continue;
    }
    const folder = way.at(-1);
    const here = join(folder?.path ?? "/", name);
    const seen = look(here);
    if (!seen.ok) return fail({ type: "unseen", path: here, rest: names, error: seen.error });
    const stat = seen.value;
    const isLink = stat.isSymbolicLink();
    const isEnd = names.length === 0 && !isLink;
    if (!owners.has(stat.uid)) return fail({ type: "foreign", path: here, stat, isEnd });
    if (isLink) {
      links += 1;
      if (links > MAX_LINKS) return fail({ type: "circle", path: here });
      const target = readlinkSync(here);
      if (isAbsolute(target)) way = [];
      names.unshift(...namesOf(target));
      continue;
    }
    const wasClosed = folder?.closed === true;
    if (!isEnd && !wasClosed && othersMayExchangeIn(stat, trust))
      return fail({ type: "exchangeable", path: here, stat });
    const closed = wasClosed || (trust.behindClosed && (stat.mode & OTHERS_ENTER) === 0);
    way.push({ path: here, stat, closed });
  }
  return succeed(way.at(-1) ?? { path: "/" });
}

/** A sticky folder keeps what is in it for its owner. */
export function othersMayExchangeIn({ mode, gid }: Stats, trust: Trust): boolean {
  if ((mode & STICKY) !== 0) return false;
  return (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && gid !== trust.gid);
}

function look(path: string): Result<Stats, NodeJS.ErrnoException> {
  try {
    return succeed(lstatSync(path));
  } catch (error) {
    return fail(error as NodeJS.ErrnoException);
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
