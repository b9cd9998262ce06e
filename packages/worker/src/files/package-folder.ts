import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const ANCHOR = "@roadrunner/worker/package.json";

/** A file or folder of this package. Found by the package's name: bundled, this code lies in another place. */
export function inPackage(path: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(ANCHOR)), path);
}
