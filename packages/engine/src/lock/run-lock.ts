import { createHash, randomBytes } from "node:crypto";
import { lstatSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, succeed, type Result } from "@roadrunner/core/errors";
import { privateFolder } from "@roadrunner/core/files";
import { LifeSign } from "./life-sign.ts";
import type { Listener } from "./talk.ts";
import { locksFolder } from "../journal/state-folder.ts";

/** Holds a name for this process; a process that has ended holds nothing, however it ended. */
export interface RunLock {
  release(): void;
  /** From now on answers what other processes of this user ask by `askHolder`. */
  hear(listener: Listener): void;
}

export type LockFault = "taken" | { readonly reason: string };

/** While another process takes over from a dead one. */
const LOOK_AGAIN_MS = 20;
const LOOKS = 100;
const OLD_MS = 24 * 3_600_000;

/**
 * Takes a name (a run, or a flow) for this process: a link with that name in a folder of this user alone, which holds
 * the name of its owner's life sign. A link is made with its content in one step, and by one process only.
 */
export async function takeLock(folder: string, name: string): Promise<Result<RunLock, LockFault>> {
  const locks = privateFolder(locksFolder(folder));
  return locks.ok ? take(locks.value, fileOf(name)) : fail({ reason: locks.error });
}

/** Whether a living process holds the name. */
export async function isLocked(folder: string, name: string): Promise<boolean> {
  const locks = locksFolder(folder);
  const owner = ownerIn(join(locks, fileOf(name)));
  return owner !== undefined && LifeSign.isSeen(locks, owner);
}

/** What the process answers that holds the name; `nobody`: none does. The other error says why there is no answer. */
export async function askHolder(
  folder: string,
  name: string,
  word: string,
): Promise<Result<string, "nobody" | { readonly reason: string }>> {
  const locks = locksFolder(folder);
  const owner = ownerIn(join(locks, fileOf(name)));
  if (owner === undefined || !(await LifeSign.isSeen(locks, owner))) return fail("nobody");
  const answer = await LifeSign.ask(locks, owner, word);
  return answer.ok ? answer : fail({ reason: answer.error });
}

/** Removes what processes have left that died a day ago and more. */
export async function pruneLocks(folder: string, nowMs: number): Promise<void> {
  const locks = privateFolder(locksFolder(folder));
  if (!locks.ok) return;
  for (const file of readdirSync(locks.value)) {
    const stat = lstatSync(join(locks.value, file), { throwIfNoEntry: false });
    if (stat === undefined || nowMs - stat.mtimeMs < OLD_MS) continue;
    if (stat.isSocket()) await LifeSign.removeIfDead(locks.value, file);
    // What an heir has left goes with the link that it was to replace.
    if (!stat.isSymbolicLink() || file.includes(".")) continue;
    const lock = await take(locks.value, file);
    if (lock.ok) lock.value.release();
  }
}

/** Of any text, a name for a file. */
function fileOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}

async function take(locks: string, file: string): Promise<Result<RunLock, LockFault>> {
  const sign = await LifeSign.show(locks, randomBytes(8).toString("hex"));
  if (!sign.ok) return fail({ reason: sign.error });
  try {
    if (!(await claim(locks, file, sign.value.id))) {
      sign.value.end();
      return fail("taken");
    }
  } catch (error) {
    sign.value.end();
    return fail({ reason: `${locks}: ${(error as Error).message}` });
  }
  return succeed({
    release: () => {
      const path = join(locks, file);
      if (ownerIn(path) === sign.value.id) rmSync(path, { force: true });
      sign.value.end();
    },
    hear: (listener) => {
      sign.value.listener = listener;
    },
  });
}

/**
 * Makes the link, unless a living process has one there. To take over from a dead one, a process must first be his
 * heir: hold, in the same way, the link that is named after the dead one. So whoever comes late, with what he saw
 * before, replaces nobody else.
 */
async function claim(locks: string, file: string, id: string): Promise<boolean> {
  const path = join(locks, file);
  for (let look = 0; look < LOOKS; look += 1) {
    if (makeLink(id, path)) return true;
    const owner = ownerIn(path);
    if (owner === undefined) continue;
    if (await LifeSign.isSeen(locks, owner)) return false;
    const heir = `${file}.${owner}`;
    if (!(await claim(locks, heir, id))) {
      await sleep(LOOK_AGAIN_MS);
      continue;
    }
    if (ownerIn(path) === owner) {
      renameSync(join(locks, heir), path);
      await LifeSign.removeIfDead(locks, LifeSign.fileOf(owner));
      return true;
    }
    rmSync(join(locks, heir), { force: true });
  }
  return false;
}

function makeLink(target: string, path: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function ownerIn(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
