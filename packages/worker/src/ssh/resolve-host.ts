import type { ConfigFile, ConfigLine } from "./config-lines.ts";
import { matchPatterns } from "./pattern-list.ts";

/** The directives that hold for one host, by lower-case keyword: the first value wins, lists gather. */
export type Directives = ReadonlyMap<string, readonly ConfigLine[]>;

/** Goes through the files in order and keeps what their Host blocks say about `host`. */
export function directivesFor(files: readonly ConfigFile[], host: string): Directives {
  const found = new Map<string, ConfigLine[]>();
  for (const file of files) {
    let active = true;
    for (const line of file.lines) {
      if (line.keyword === "host") {
        active = matchPatterns(host, line.args) === "matches";
      } else if (line.keyword === "match") {
        active = line.rest.trim().toLowerCase() === "all";
      } else if (active) {
        const lines = found.get(line.keyword);
        if (lines === undefined) found.set(line.keyword, [line]);
        else lines.push(line);
      }
    }
  }
  return found;
}
