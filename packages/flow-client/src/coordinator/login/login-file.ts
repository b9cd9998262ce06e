import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core";
import { modeFault, privateFolder, whyUnread, whyUnwritten, writeNewFile } from "@roadrunner/core/files";
import { serverName, type CoordinatorAddress } from "@roadrunner/engine/address";
import { stateFolder } from "@roadrunner/engine/journal";
import { readKeptLogin, writtenLogin, type KeptLogin } from "./kept-login.ts";

const MOST_BYTES = 64 * 1024;

/**
 * What is found where a login is kept. `unfit`: something that is not to be used, for this reason, which stands behind the
 * path; `login`: what it says, where it is this user's own.
 */
export type FoundLogin =
  | { readonly kind: "none" }
  | { readonly kind: "kept"; readonly login: KeptLogin }
  | { readonly kind: "unfit"; readonly why: string; readonly login?: KeptLogin };

/** The file in which this user's login with one server is kept, private to its owner. */
export class LoginFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static of(
    address: Exclude<CoordinatorAddress, { kind: "socket" }>,
    env: Readonly<Record<string, string | undefined>>,
  ): LoginFile {
    const name = `${encodeURIComponent(serverName(address))}.json`;
    return new LoginFile(join(stateFolder(env), "logins", name));
  }

  read(): FoundLogin {
    let file: number;
    try {
      file = openSync(this.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return { kind: "none" };
      return { kind: "unfit", why: `cannot be read: ${whyUnread(error)}` };
    }
    try {
      return readOpen(file);
    } catch (error) {
      return { kind: "unfit", why: `cannot be read: ${whyUnread(error)}` };
    } finally {
      closeSync(file);
    }
  }

  /** Whole or not at all, however many write it. The error says why it cannot be. */
  write(login: KeptLogin): Result<void, string> {
    try {
      const folder = privateFolder(dirname(this.path));
      if (!folder.ok) return folder;
      chmodSync(folder.value, 0o700);
      const path = join(folder.value, basename(this.path));
      // What a link names is not a login, and not to be replaced by one.
      if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) rmSync(path);
      return writeNewFile(path, [writtenLogin(login)]);
    } catch (error) {
      return fail(`cannot write ${this.path}: ${whyUnwritten(error)}`);
    }
  }

  /** The error says why it stays. */
  remove(): Result<void, string> {
    try {
      rmSync(this.path, { force: true });
      return succeed(undefined);
    } catch (error) {
      return fail(`cannot remove ${this.path}: ${whyUnwritten(error)}`);
    }
  }
}

function readOpen(file: number): FoundLogin {
  const stat = fstatSync(file);
  if (!stat.isFile()) return { kind: "unfit", why: "is not a plain file" };
  // Another's login would show him what is done here.
  if (stat.uid !== (process.getuid?.() ?? stat.uid))
    return { kind: "unfit", why: `belongs to another user (uid ${stat.uid})` };
  const login = stat.size > MOST_BYTES ? undefined : readKeptLogin(readFileSync(file, "utf8"));
  if (login === undefined) return { kind: "unfit", why: "is damaged" };
  const fault = modeFault(stat, "secret");
  return fault === undefined ? { kind: "kept", login } : { kind: "unfit", why: fault, login };
}
