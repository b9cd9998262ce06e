import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";
import { boxFault } from "../../transport/box-fault.ts";
import { isAlive, startGuard } from "./guard.ts";

/** sun_path of Linux, with its end. */
const MOST_SOCKET_PATH = 107;
/** ssh makes the socket under this name first. */
const WHILE_MADE = ".0123456789abcdef".length;
/** Room for as many names as one worker ever makes. */
const LONGEST_NAME = "/99999999".length;

export interface ControlFiles {
  readonly socket: string;
  readonly pidFile: string;
}

/** A private folder for control sockets and ssh's words, which is gone when this process is. */
export class ControlFolder {
  readonly path: string;
  readonly configFile: string;
  #guard: Promise<Result<ChildProcess, TransportProblem>>;
  #last = 0;

  private constructor(path: string, configFile: string) {
    this.path = path;
    this.configFile = configFile;
    this.#guard = startGuard(path);
  }

  static make(config: string, parent = tmpdir()): Result<ControlFolder, TransportProblem> {
    const fault = parentFault(parent);
    if (fault !== undefined) return fail(problem("local", fault));
    let path: string | undefined;
    try {
      path = mkdtempSync(join(parent, "rr-"));
      const configFile = join(path, "ssh_config");
      writeFileSync(configFile, config, { mode: 0o600 });
      return succeed(new ControlFolder(path, configFile));
    } catch (error) {
      if (path !== undefined) rmSync(path, { recursive: true, force: true });
      const why = boxFault(error);
      const hint = why.includes("TMPDIR")
        ? ""
        : ` (TMPDIR): set it to a folder that is there and can be written to`;
      return fail(problem("local", `cannot make a folder for ssh's control sockets: ${why}${hint}`));
    }
  }

  /** Programs that tidy /tmp take what looks old. */
  get isThere(): boolean {
    return existsSync(this.configFile);
  }

  /** Names that nothing else here has, below which a guard ends all. */
  async next(): Promise<Result<ControlFiles, TransportProblem>> {
    const guard = await this.#guarded();
    if (!guard.ok) return guard;
    this.#last += 1;
    const socket = join(this.path, String(this.#last));
    return succeed({ socket, pidFile: `${socket}.pid` });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
    void this.#guard.then((guard) => guard.ok && guard.value.stdin?.destroy());
  }

  async #guarded(): Promise<Result<ChildProcess, TransportProblem>> {
    const last = this.#guard;
    const guard = await last;
    if (guard.ok && isAlive(guard.value)) return guard;
    // Of many that find it gone one starts it again.
    if (this.#guard === last) this.#guard = startGuard(this.path);
    return this.#guard;
  }
}

/** Why no control socket can be made below a folder. */
function parentFault(parent: string): string | undefined {
  const longest = Buffer.byteLength(join(parent, "rr-XXXXXX")) + LONGEST_NAME + WHILE_MADE;
  const over = longest - MOST_SOCKET_PATH;
  if (over > 0)
    return (
      `the path of ssh's control sockets would be ${over} bytes too long below ${parent} (at most ` +
      `${MOST_SOCKET_PATH} bytes are allowed): set TMPDIR to a folder with a shorter name`
    );
  // ssh takes % and ${…} in it for its own, and its words are split at blanks.
  if (!/^[A-Za-z0-9_./+@:,=-]+$/.test(parent))
    return `ssh's control sockets cannot lie below ${parent}: set TMPDIR to a folder whose path is plain letters and digits`;
  return undefined;
}
