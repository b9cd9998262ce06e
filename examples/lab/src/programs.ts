import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "./lab.ts";
import { environment, REPOSITORY, type Settings } from "./rr-submit.ts";

const PATHS = {
  "rr-worker": "packages/worker/bin/rr-worker.js",
  "rr-coordinator": "packages/coordinator/bin/rr-coordinator.js",
};
/** How long a program may take to begin, and to leave. */
const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 50;

/** A program that goes on beside rr-submit; what it says goes into a file of the lab. */
export class BesideProgram {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #ended: Promise<void>;
  readonly #atExit = (): void => void this.#child.kill("SIGKILL");

  /** @param settings variables of its environment, by which it is told what its options are */
  constructor(lab: Lab, name: keyof typeof PATHS, settings: Settings) {
    this.#log = join(lab.dir, `${name}.log`);
    const log = openSync(this.#log, "a", 0o600);
    this.#child = spawn(process.execPath, [join(REPOSITORY, PATHS[name])], {
      stdio: ["ignore", log, log],
      env: { ...environment(lab), ...settings },
    });
    closeSync(log);
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", () => resolve());
    });
    // Not even where the demo is stopped in the middle.
    process.once("exit", this.#atExit);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Until it listens on this socket; throws with what it said where it does not. */
  async listens(path: string): Promise<void> {
    for (let waited = 0; !(await answers(path)); waited += LOOK_EVERY_MS) {
      if (this.#child.exitCode !== null || waited > PATIENCE_MS)
        throw new Error(`nothing listens on ${path}:\n${readFileSync(this.#log, "utf8")}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
    process.off("exit", this.#atExit);
  }

  async stop(): Promise<void> {
    const late = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    this.#child.kill("SIGTERM");
    await this.#ended;
    clearTimeout(late);
    process.off("exit", this.#atExit);
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const seen = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => seen(true));
    socket.once("error", () => seen(false));
  });
}
