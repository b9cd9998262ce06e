import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "./at-exit.ts";

export interface TempDir {
  readonly path: string;
  /** Removes it with all that is in it; harmless when it is gone already. */
  remove(): void;
}

/** A fresh private folder under the system's temporary one; removed at the end of the process at the latest. */
export function makeTempDir(label: string): TempDir {
  const path = mkdtempSync(join(tmpdir(), `rr-test-${label}-`));
  const remove = () => {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    done();
  };
  const done = atExit(`folder ${path}`, remove);
  return { path, remove };
}
