import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly session: number;
}

/** Of a live process; nothing for a dead one or a zombie. */
export function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent, , session] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X"
      ? undefined
      : { state, parent: Number(parent), session: Number(session) };
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  return statOf(pid) !== undefined;
}

export function sessionOf(pid: number): number {
  const stat = statOf(pid);
  if (stat === undefined) throw new Error(`process ${pid} is gone`);
  return stat.session;
}

/** Live processes of a session. */
export function pidsOf(session: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.session === session);
}

/** Live processes that stand in a folder and whose command line is this. */
export function pidsIn(folder: string, commandLine: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
        return words === commandLine && readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        return false; // It ended meanwhile.
      }
    });
}

/** Live processes of a user. */
export function pidsOfUser(uid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isAlive(pid) && statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid);
}
