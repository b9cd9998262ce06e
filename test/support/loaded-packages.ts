import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChildProgram } from "./child-program.ts";
import { makeTempDir } from "./temp-dir.ts";

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/**
 * Names of the packages of which a Node program loaded a module, ES modules and CommonJS alike, be they files under
 * node_modules or parts of a bundle, as V8's own record of what it ran has it. The program must end well.
 */
export async function loadedPackages(
  start: (env: Readonly<Record<string, string>>) => ChildProgram,
): Promise<ReadonlySet<string>> {
  const temp = makeTempDir("loaded");
  try {
    const child = start({ NODE_V8_COVERAGE: temp.path });
    const { code } = await child.exited;
    const files = readdirSync(temp.path);
    if (code !== 0 || files.length === 0) throw new Error(`it ended with ${code}:\n${child.output()}`);
    const urls = files.flatMap((file) => {
      const coverage = JSON.parse(readFileSync(join(temp.path, file), "utf8")) as Coverage;
      return coverage.result.map(({ url }) => url);
    });
    const modules = urls.flatMap((url) => (url.includes("/dist/bundle/") ? modulesIn(url) : url));
    return new Set(modules.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []));
  } finally {
    temp.remove();
  }
}

/** The bundler writes above each module where it comes from. */
function modulesIn(bundle: string): string[] {
  return [...readFileSync(new URL(bundle), "utf8").matchAll(/^\/\/ (.*node_modules\/.*)/gm)].map(
    ([, path]) => `/${path}`,
  );
}
