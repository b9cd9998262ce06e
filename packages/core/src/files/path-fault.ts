import type { Stats } from "node:fs";
import { dirname } from "node:path";
import { walkPath, type PathFlaw } from "./path-walk.ts";

/** `public`: nobody else may write it; `secret`: nor read it. */
export type PathKind = "public" | "secret";

const OTHERS_WRITE = 0o022;
const OTHERS_ANY = 0o077;

/**
 * Why a file or a folder that decides something is not to be relied upon, to stand behind its path; undefined: nobody
 * but root and this user can change what is found there. What others may write decides nothing, as sshd's StrictModes
 * has it: the file, each folder above it, and each symbolic link on the way; unlike `trustedPath`, our own group is
 * somebody else as well. A folder that keeps what is in it for its owner (the sticky bit, /tmp) will do, and so does
 * anything below a folder that nobody else can enter.
 */
export function pathFault(path: string, kind: PathKind, ours = process.getuid?.()): string | undefined {
  // A system without users.
  if (ours === undefined) return undefined;
  const walked = walkPath(path, { uid: ours, behindClosed: true });
  if (!walked.ok) return faultOf(walked.error);
  const { stat } = walked.value;
  return stat && modeFault(stat, kind);
}

function faultOf(flaw: PathFlaw): string {
  switch (flaw.type) {
    case "unseen":
      return `cannot be looked at (${flaw.error.code ?? String(flaw.error)})`;
    case "circle":
      return "goes through too many symbolic links; name the file itself";
    case "exchangeable":
      return `lies in ${flaw.path}, which others may write (mode ${modeOf(flaw.stat)}); chmod go-w ${flaw.path}, or put it elsewhere`;
    case "foreign": {
      const who = `belongs to another user (uid ${flaw.stat.uid})`;
      if (flaw.isEnd) return `${who}; chown it`;
      return `lies behind ${flaw.path}, which ${who}; chown it, or put the file elsewhere than in ${dirname(flaw.path)}`;
    }
  }
}

/** Whether its own mode lets others do what this kind does not bear. */
export function modeFault(stat: Stats, kind: PathKind): string | undefined {
  // Such as /dev/null: what others write into it is not read from it.
  if (stat.isCharacterDevice()) return undefined;
  if ((stat.mode & OTHERS_WRITE) !== 0)
    return `may be written by others than its owner (mode ${modeOf(stat)}); chmod go-w it`;
  if (kind === "secret" && (stat.mode & OTHERS_ANY) !== 0)
    return `may be read by others than its owner (mode ${modeOf(stat)}); chmod 600 it`;
  return undefined;
}

function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
