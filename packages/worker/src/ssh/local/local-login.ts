import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import type { LocalBox } from "../config/tokens.ts";

/** As what a command of transport `local` begins: the worker's user, as a login on this box has it. */
export interface LocalLogin {
  readonly user: string;
  readonly home: string;
  readonly shell: string;
  /** Nothing of the worker's own: there may be an agent's socket in it, or a token. */
  readonly env: Readonly<Record<string, string>>;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function localLogin({ user, home }: LocalBox): LocalLogin {
  const shell = shellOf();
  const at = existsSync(home) ? home : "/";
  return { user, home: at, shell, env: { USER: user, LOGNAME: user, HOME: home, SHELL: shell, PATH } };
}

/** A container's user may have no entry in the password file, and a service's no shell that runs commands. */
function shellOf(): string {
  try {
    const { shell } = userInfo();
    return shell !== null && existsSync(shell) && !/\/(nologin|false)$/.test(shell) ? shell : "/bin/sh";
  } catch {
    return "/bin/sh";
  }
}
