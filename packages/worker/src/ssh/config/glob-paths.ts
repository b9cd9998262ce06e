import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** glob(3) as Include uses it: `*`, `?` and `[…]` in the parts of an absolute path, in sorted order. */
export function globPaths(pattern: string): string[] {
  const parts = pattern.split("/").filter((part) => part !== "");
  let paths = ["/"];
  for (const part of parts) {
    paths = paths.flatMap((folder) =>
      /[*?[]/.test(part) ? namesIn(folder, part).map((name) => join(folder, name)) : [join(folder, part)],
    );
  }
  return paths.filter((path) => existsSync(path));
}

function namesIn(folder: string, part: string): string[] {
  const wanted = toRegExp(part);
  try {
    return readdirSync(folder)
      .filter((name) => wanted.test(name) && (part.startsWith(".") || !name.startsWith(".")))
      .sort();
  } catch {
    return [];
  }
}

function toRegExp(part: string): RegExp {
  const source = part.replaceAll(
    /\[(!?)([^\]]+)\]|[*?]|[^*?]/g,
    (text, not: string | undefined, set: string) => {
      if (text === "*") return ".*";
      if (text === "?") return ".";
      if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replaceAll(/[\\^]/g, String.raw`\$&`)}]`;
      return text.replaceAll(/[\\^$.|+(){}[\]]/g, String.raw`\$&`);
    },
  );
  return new RegExp(`^${source}$`, "s");
}
