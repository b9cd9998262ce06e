import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChildProgram } from "./child-program.ts";
import { makeTempDir } from "./temp-dir.ts";

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/**
 * Names of the packages under node_modules of which a Node program loaded a file, ES modules and CommonJS alike, as
 * V8's own record of what it ran has it. The program must end well.
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
    return new Set(urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []));
  } finally {
    temp.remove();
  }
}
