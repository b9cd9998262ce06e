import { lstatSync, statSync, type Stats } from "node:fs";

/** Whose sockets are trusted: what a run is told, its secrets too, goes there. */
interface Owner {
  readonly uid: number | undefined;
}

/** Why no coordinator of this user can be at this path, as far as the path itself shows; undefined: one may be. */
export function socketFault(path: string, { uid }: Owner): string | undefined {
  let found: Stats;
  try {
    found = statSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR") return "there is no such socket: a part of its path is no folder";
    if (code === "ENOENT")
      return isThere(path) ? "it is a link to a socket that is not there" : "there is no such socket";
    return code === "EACCES" ? "you may not look into its folder: it is another user's" : message;
  }
  if (found.isDirectory()) return "it is a folder; name the socket in it";
  if (!found.isSocket()) return "it is no socket";
  // Root may use the coordinator of a user of its own.
  const isTrusted = uid === undefined || uid === 0 || found.uid === uid || found.uid === 0;
  return isTrusted ? undefined : `the socket belongs to another user (uid ${found.uid})`;
}

/** Why a connection to it came to nothing. */
export function connectFault(code: string | undefined, message: string): string {
  switch (code) {
    case "ECONNREFUSED":
      return "nobody listens there any more";
    case "ENOENT":
      return "there is no such socket";
    case "EACCES":
    case "EPERM":
      return "you may not connect to it";
    case "EAGAIN":
      return "it takes no more connections now";
    default:
      return message;
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
