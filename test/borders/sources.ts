import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const PACKAGES: readonly string[] = readdirSync(join(ROOT, "packages")).toSorted();

/** A source file and what it imports of ours, types too. Paths begin at the repository's root. */
export interface Source {
  readonly path: string;
  readonly imports: readonly string[];
  /** Of our packages, by name: `core`. */
  readonly packages: readonly string[];
}

const IMPORT = /\b(?:from|import)\s*\(?\s*"([^"]+)"/g;

export function sourcesOf(name: string, within: "src" | "test" = "src"): readonly Source[] {
  const folder = join(ROOT, "packages", name, within);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .map((file) => {
      const path = join(folder, file);
      const named = [...readFileSync(path, "utf8").matchAll(IMPORT)].map((match) => match[1] ?? "");
      return {
        path: relative(ROOT, path),
        imports: named
          .filter((to) => to.startsWith("."))
          .map((to) => relative(ROOT, normalize(join(dirname(path), to)))),
        packages: named.flatMap((to) => /^@roadrunner\/([\w-]+)/.exec(to)?.slice(1) ?? []),
      };
    });
}

/** The package that a file is in. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** The folders of all sources that hold other folders. */
export function foldersWithin(paths: readonly string[]): ReadonlySet<string> {
  return new Set(paths.map((path) => dirname(dirname(path))));
}

/** Where a file stands below a folder: the folder there that it is in, or its own name. */
export function placeIn(folder: string, path: string): string {
  const [first = ""] = relative(folder, path).split(sep);
  return first;
}

/** The first circle that is found, as a list that ends where it begins. */
export function circleIn(to: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const done = new Set<string>();
  const way: string[] = [];
  const look = (from: string): readonly string[] | undefined => {
    const at = way.indexOf(from);
    if (at !== -1) return [...way.slice(at), from].map((path) => basename(path));
    if (done.has(from)) return undefined;
    way.push(from);
    for (const next of to.get(from) ?? []) {
      const circle = look(next);
      if (circle !== undefined) return circle;
    }
    way.pop();
    done.add(from);
    return undefined;
  };
  for (const from of to.keys()) {
    const circle = look(from);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
