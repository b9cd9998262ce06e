import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGES = fileURLToPath(new URL("../../packages/", import.meta.url));
const HOME = { "rr-submit": "flow-client", "rr-worker": "worker", "rr-coordinator": "coordinator" } as const;

let sourcesMs: number | undefined;

/**
 * The path of a program in this checkout, as an operator calls it. Throws where it was not built since its
 * sources changed: what it then does says nothing about them.
 */
export function builtProgram(name: keyof typeof HOME): string {
  sourcesMs ??= Math.max(...readdirSync(PACKAGES).map((folder) => newestIn(join(PACKAGES, folder, "src"))));
  const home = join(PACKAGES, HOME[name]);
  const bundle = statSync(join(home, "dist/bundle", `${name}.js`), { throwIfNoEntry: false });
  if (bundle === undefined) throw new Error(`${name} is not built: npm run build`);
  if (bundle.mtimeMs < sourcesMs) throw new Error(`${name} is older than its sources: npm run build`);
  return join(home, "bin", `${name}.js`);
}

function newestIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Math.max(...files.map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs));
}
