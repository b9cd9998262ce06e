import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { delimiter, join } from "node:path";

/** Program to Debian package: the same table that scripts/install-test-programs.js installs from. */
const packages = JSON.parse(
  readFileSync(new URL("../../scripts/test-programs.json", import.meta.url), "utf8"),
) as Record<string, string>;

/**
 * The full path of a program that tests need, from PATH, one of the sbin folders or PostgreSQL's. Where two have one name, the one
 * that Debian's PATH would not find goes by its path: Perl's job server is /usr/bin/gearmand.
 * Throws, naming the Debian package, where it is missing: a test is never skipped for that.
 */
export function findProgram(name: string): string {
  if (name.startsWith("/") && isExecutable(name)) return name;
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    "/usr/sbin",
    "/sbin",
    "/usr/local/sbin",
    ...postgresFolders(),
  ];
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder !== "" && isExecutable(path) && packages[realpathSync(path)] === undefined) return path;
  }
  throw new Error(`${name} is missing: apt-get install ${packages[name] ?? name}`);
}

/** Those of its newest version first; Debian does not have them on PATH. */
function postgresFolders(): string[] {
  const parent = "/usr/lib/postgresql";
  const versions = existsSync(parent) ? readdirSync(parent) : [];
  return versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(parent, version, "bin"));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
