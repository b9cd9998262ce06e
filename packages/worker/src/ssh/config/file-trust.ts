import { readFileSync } from "node:fs";

export interface FileOwnership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** The box's users and groups, as far as its files know them. */
export interface Accounts {
  readonly users: readonly {
    readonly name: string;
    readonly uid: number;
    readonly gid: number;
    readonly home: string;
  }[];
  readonly groups: readonly { readonly gid: number; readonly members: readonly string[] }[];
}

/**
 * Whether nobody but root and `uid` may write to the file, as Debian's ssh judges it: a group may, if the file's owner
 * is its one member (each user has such a group there). Others than Debian's refuse that as well.
 */
export function isTrustedFile(
  { uid: owner, gid, mode }: FileOwnership,
  uid: number,
  accounts: () => Accounts,
): boolean {
  if ((owner !== 0 && owner !== uid) || (mode & 0o002) !== 0) return false;
  if ((mode & 0o020) === 0) return true;
  const { users, groups } = accounts();
  const group = groups.find((one) => one.gid === gid);
  const name = users.find((one) => one.uid === owner)?.name;
  if (group === undefined || name === undefined) return false;
  const primary = users.filter((one) => one.gid === gid);
  const isAlone = primary.every((one) => one.uid === uid) && group.members.every((member) => member === name);
  return isAlone && group.members.length <= 1 && primary.length + group.members.length > 0;
}

export function parseAccounts(passwd: string, group: string): Accounts {
  const rows = (text: string) => text.split("\n").map((line) => line.split(":"));
  return {
    users: rows(passwd).flatMap(([name, , uid, gid, , home]) =>
      name === undefined || home === undefined ? [] : [{ name, uid: Number(uid), gid: Number(gid), home }],
    ),
    groups: rows(group).flatMap(([, , gid, members]) =>
      gid === undefined
        ? []
        : [{ gid: Number(gid), members: (members ?? "").split(",").filter((one) => one !== "") }],
    ),
  };
}

export function readAccounts(): Accounts {
  return parseAccounts(textOf("/etc/passwd"), textOf("/etc/group"));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
