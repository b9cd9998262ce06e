import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { inPackage } from "../../files/package-folder.ts";
import { stripShell } from "./strip.ts";

/** Our names in the host's program, as people read them. */
export const LONG_NAME = /\brr_[a-z_]*[a-z]/g;

/** One function of the host's program. */
export interface Part {
  readonly name: string;
  /** It stands in for the function of this name in programs that ask for this version. */
  readonly version?: string;
  readonly file: string;
  /** Stripped, with long names. */
  readonly text: string;
}

/** `name() { …; }` on one line, or up to the next line that begins with `}`. */
const FUNCTION = /^(rr_[a-z_]+)\(\) \{(?: [^\n]* \}$|\n[^]*?^\}[^\n]*$)/gm;

/** All parts, in the order of their files' names: NAME.sh, and NAME.VERSION.sh for versions, in folders as may be. */
export function readParts(folder = inPackage("host-program")): readonly Part[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".sh"))
    .map((path) => ({ path, file: basename(path) }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  return paths.flatMap(({ path, file }) => partsOf(file, readFileSync(join(folder, path), "utf8")));
}

export function partsOf(file: string, text: string): readonly Part[] {
  const [, version] = file.split(".", -1).slice(0, -1);
  const rest = stripShell(text.replace(FUNCTION, ""));
  if (rest !== "")
    throw new Error(`${file}: only functions can be picked, this is none: ${rest.slice(0, 60)}`);
  return [...text.matchAll(FUNCTION)].map(([whole, name = ""]) => ({
    name,
    ...(version === undefined ? {} : { version }),
    file,
    text: stripShell(whole),
  }));
}
