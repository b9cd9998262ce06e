import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const PACKAGES = ["core", "engine", "worker", "coordinator", "flow-client"] as const;

const PARTS = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.base.json",
  "packages",
  "examples",
  "packaging",
  "scripts",
];
const LEFT_OUT = new Set(["dist", "node_modules"]);

/**
 * A copy of the sources in which nothing was built: as a fresh checkout, but with this one's installed
 * dependencies. The packages find each other in the copy.
 */
export function makeCleanCopy(into: string): void {
  for (const name of PARTS) {
    cpSync(join(ROOT, name), join(into, name), {
      recursive: true,
      filter: (path) => !LEFT_OUT.has(basename(path)),
    });
  }
  const modules = join(into, "node_modules");
  mkdirSync(join(modules, "@roadrunner"), { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (name !== "@roadrunner") symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  for (const name of PACKAGES) symlinkSync(join(into, "packages", name), join(modules, "@roadrunner", name));
}
