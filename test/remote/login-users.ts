import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { atExit } from "../support/at-exit.ts";
import { findProgram } from "../support/programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export interface LoginUser {
  readonly name: string;
  readonly home: string;
  readonly uid: number;
  /** Where its records are. */
  readonly recordDir: string;
}

export interface UserOptions {
  /** Files of the home, by name. */
  readonly rc?: Readonly<Record<string, string>>;
  /** 0: another name of root. */
  readonly uid?: number;
  /** Default: none, so that sudo can ask in vain. */
  readonly password?: string;
}

/** Users of this system, made for a test file and removed by `remove`. */
export interface LoginUsers {
  /** `shell`: a program's path. The key may log in as this user. */
  add(shell: string, options?: UserOptions): Promise<LoginUser>;
  /** A login shell that is a link to busybox, whose name makes it ash. */
  readonly ash: string;
  /** Lets dropbear log in users with this shell, which it looks up in /etc/shells. */
  allowShell(path: string): void;
  /** Lines of a sudoers file. */
  sudoers(text: string): void;
  remove(): void;
}

let count = 0;

export function makeLoginUsers(publicKeyFile: string): LoginUsers {
  const temp = makeTempDir("users");
  chmodSync(temp.path, 0o755);
  const names: string[] = [];
  const shells: string[] = [];
  const sudoersFile = `/etc/sudoers.d/rr-test-${process.pid}`;
  const ash = join(temp.path, "ash");
  symlinkSync(findProgram("busybox"), ash);
  const remove = (): void => {
    for (const name of names.splice(0)) removeUser(name);
    for (const path of shells.splice(0)) forgetShell(path);
    rmSync(sudoersFile, { force: true });
    temp.remove();
    done();
  };
  const done = atExit(`login users of ${temp.path}`, remove);
  return {
    ash,
    remove,
    allowShell(path) {
      shells.push(path);
      appendFileSync("/etc/shells", `${path}\n`);
    },
    sudoers(text) {
      findProgram("sudo");
      writeFileSync(sudoersFile, text, { mode: 0o440 });
    },
    async add(shell, { rc = {}, uid: wanted, password } = {}) {
      count += 1;
      const name = `rr-test-${process.pid}-${count}`;
      const home = join(temp.path, name);
      names.push(name);
      const number = wanted === undefined ? [] : ["-o", "-N", "-u", `${wanted}`];
      await withLock("useradd", ["-M", "-d", home, "-s", shell, "-p", "*", ...number, name]);
      mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 });
      writeFileSync(join(home, ".ssh", "authorized_keys"), readFileSync(publicKeyFile), { mode: 0o600 });
      for (const [file, text] of Object.entries(rc)) {
        mkdirSync(join(home, file, ".."), { recursive: true });
        writeFileSync(join(home, file), text);
      }
      if (password !== undefined) await withLock("chpasswd", [], `${name}:${password}\n`);
      execFileSync("chown", ["-R", `${name}:`, home]);
      const uid = Number(execFileSync("id", ["-u", name], { encoding: "utf8" }));
      return { name, home, uid, recordDir: `/var/tmp/roadrunner-${name}` };
    },
  };
}

function removeUser(name: string): void {
  rmSync(`/var/tmp/roadrunner-${name}`, { recursive: true, force: true });
  const isRoot = execFileSync("id", ["-u", name], { encoding: "utf8" }).trim() === "0";
  for (let attempt = 0; attempt < 50; attempt += 1) {
    try {
      if (!isRoot) execFileSync("pkill", ["-KILL", "-u", name], { stdio: "ignore" });
    } catch {
      // Nothing of it runs.
    }
    try {
      // Fails also while another test file holds the lock of /etc/passwd.
      execFileSync("userdel", ["-f", name], { stdio: "ignore" });
      return;
    } catch {
      execFileSync("sleep", ["0.1"]);
    }
  }
}

function forgetShell(path: string): void {
  const left = readFileSync("/etc/shells", "utf8")
    .split("\n")
    .filter((line) => line !== path);
  writeFileSync("/etc/shells", left.join("\n"));
}

/** Another test file may hold the lock of /etc/passwd. */
async function withLock(program: string, args: readonly string[], input = ""): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      execFileSync(findProgram(program), args, { stdio: "pipe", input });
      return;
    } catch (error) {
      if (attempt === 50 || !/cannot lock|try again/i.test(String(error))) throw error;
      await sleep(100);
    }
  }
}
