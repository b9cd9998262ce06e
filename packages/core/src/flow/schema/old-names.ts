import { getNodeValue } from "jsonc-parser";
import type { Path } from "../problem.ts";
import type { PlanNote } from "../plan-note.ts";
import { problemMaker, type ParsedSource } from "../source/parse-source.ts";
import { nodeAt } from "../source/syntax-tree.ts";

/** Fields of a job that were once called otherwise. */
const NEW_NAMES: ReadonlyMap<string, string> = new Map([["failedHostsHoldSlots", "failedHostsHoldPlaces"]]);

/** A file with the new names in it, and what to tell of the old ones. */
export interface Renewed {
  readonly parsed: ParsedSource;
  readonly notes: readonly PlanNote[];
}

/**
 * A field that is written by an old name counts as the one of the new name, with a warning a name. Where both stand,
 * the old one is left as it is: an unknown key.
 */
export function renewNames(parsed: ParsedSource): Renewed {
  const found = new Map<string, Path[]>();
  for (const path of fieldsOfJobs(parsed)) {
    const keys = (nodeAt(parsed.root, path)?.children ?? []).flatMap(({ children }) => children?.[0] ?? []);
    for (const key of keys) {
      const old = String(key.value);
      const name = NEW_NAMES.get(old);
      if (name === undefined || keys.some(({ value }) => value === name)) continue;
      // The tree is this file's alone, and jsonc-parser has no way to make a node.
      Object.assign(key, { value: name });
      found.set(old, [...(found.get(old) ?? []), [...path, name]]);
    }
  }
  if (found.size === 0) return { parsed, notes: [] };
  const notes = Array.from(found, ([old, paths]) => tell(parsed, old, paths));
  return { parsed: { ...parsed, value: getNodeValue(parsed.root) as unknown }, notes };
}

function fieldsOfJobs({ root }: ParsedSource): readonly Path[] {
  const within = (path: Path): readonly Path[] =>
    (nodeAt(root, path)?.children ?? []).map((_, index) => [...path, index]);
  const slots = [...within(["slots"]), ...within(["finally"])];
  return [["defaults"], ...slots.flatMap((slot) => within([...slot, "jobs"]))];
}

function tell(parsed: ParsedSource, old: string, [first = [], ...more]: readonly Path[]): PlanNote {
  const { file, line } = problemMaker(parsed)({ path: first, at: "key" }, "");
  const others = more.length === 0 ? "" : `, and ${more.length} more there`;
  const message = `${file}:${line}${others}: ${old} is now called ${NEW_NAMES.get(old)}; write the new name`;
  return { kind: "oldName", warning: true, message };
}
