import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { atExit } from "../../support/at-exit.ts";

const CHUNK = Buffer.alloc(64 * 1024);

/** A small disk of its own for the store's data, in memory; it needs root. */
export class StoreDisk {
  readonly path: string;
  readonly #done: () => void;

  /** @param path is made */
  constructor(path: string, megabytes: number) {
    this.path = path;
    mkdirSync(path);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "none", path]);
    this.#done = atExit(`the disk ${path}`, () => unmount(path));
  }

  /** Not a byte is left. */
  fill(): void {
    const file = openSync(join(this.path, "filler"), "a");
    try {
      for (;;) writeSync(file, CHUNK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.path, "filler"), { force: true });
  }

  remove(): void {
    unmount(this.path);
    this.#done();
  }
}

function unmount(path: string): void {
  execFileSync("umount", ["--lazy", path]);
}
