import { lstatSync, readlinkSync, statSync, type Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** `public`: nobody else may write it; `secret`: nor read it. */
export type PathKind = "public" | "secret";

/** As the kernel's own bound. */
const MAX_LINKS = 40;
const OTHERS_WRITE = 0o022;
const OTHERS_ANY = 0o077;
const OTHERS_ENTER = 0o011;
const STICKY = 0o1000;

/**
 * Why a file or a folder that decides something is not to be relied upon, to stand behind its path; undefined: nobody but root and this user
 * can change what is found there. What others may write decides nothing, as sshd's StrictModes has it: the file, each
 * folder above it, and each symbolic link on the way; unlike `trustedPath`, our own group is somebody else as well. A folder that keeps what is in it for its owner (the sticky bit,
 * /tmp) will do, and so does anything below a folder that nobody else can enter.
 */
export function pathFault(path: string, kind: PathKind, ours = process.getuid?.()): string | undefined {
  // A system without users.
  if (ours === undefined) return undefined;
  try {
    // In a user namespace root is nobody; whoever owns / is as good as root to us.
    const trusted = new Set([0, statSync("/").uid, ours]);
    return walk(resolve(path), kind, (uid) => trusted.has(uid));
  } catch (error) {
    return `cannot be looked at (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
  }
}

function walk(path: string, kind: PathKind, isTrusted: (uid: number) => boolean): string | undefined {
  let rest = namesOf(path);
  let at = "/";
  let closed = false;
  for (let links = 0; rest.length > 0;) {
    const [name = "", ...below] = rest;
    const here = join(at, name);
    const stat = lstatSync(here);
    const isEnd = below.length === 0 && !stat.isSymbolicLink();
    if (!isTrusted(stat.uid)) return foreign(isEnd ? undefined : here, stat);
    if (stat.isSymbolicLink()) {
      links += 1;
      if (links > MAX_LINKS) return "goes through too many symbolic links; name the file itself";
      rest = [...namesOf(resolve(at, readlinkSync(here))), ...below];
      at = "/";
      closed = false;
      continue;
    }
    if (isEnd) return endFault(stat, kind);
    if (!closed && (stat.mode & OTHERS_WRITE) !== 0 && (stat.mode & STICKY) === 0)
      return `lies in ${here}, which others may write (mode ${modeOf(stat)}); chmod go-w ${here}, or put it elsewhere`;
    closed ||= (stat.mode & OTHERS_ENTER) === 0;
    at = here;
    rest = below;
  }
  return undefined;
}

function endFault(stat: Stats, kind: PathKind): string | undefined {
  // Such as /dev/null: what others write into it is not read from it.
  if (stat.isCharacterDevice()) return undefined;
  if ((stat.mode & OTHERS_WRITE) !== 0)
    return `may be written by others than its owner (mode ${modeOf(stat)}); chmod go-w it`;
  if (kind === "secret" && (stat.mode & OTHERS_ANY) !== 0)
    return `may be read by others than its owner (mode ${modeOf(stat)}); chmod 600 it`;
  return undefined;
}

function foreign(folder: string | undefined, { uid }: Stats): string {
  const who = `belongs to another user (uid ${uid})`;
  return folder === undefined
    ? `${who}; chown it`
    : `lies behind ${folder}, which ${who}; chown it, or put the file elsewhere than in ${dirname(folder)}`;
}

function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}
