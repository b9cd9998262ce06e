import type { Candidate } from "@roadrunner/core/cli";
import { listOf } from "../inventories/clustershell/ask-source.ts";
import { readGroupsConf, type Source } from "../inventories/clustershell/read-groups-conf.ts";

/** Somebody waits with a finger on the key. */
const WITHIN_MS = 1500;
/** Of a source with more, somebody types a letter more. */
const MOST_GROUPS = 500;

/**
 * What may stand in place of this `@` and what is typed behind it, by a groups.conf: groups of the default source, and
 * the other sources; behind `@racks:` the groups of that one. A file or a source that cannot tell has none.
 */
export async function clusterShellCandidates(file: string, typed: string): Promise<readonly Candidate[]> {
  const read = await readGroupsConf(file);
  if (!read.ok) return [];
  const { sources, default: ofNone = "" } = read.value;
  const [, named, begun = ""] = /^@(?:([^:]*):)?(.*)$/s.exec(typed) ?? [];
  const source = sources.get(named ?? ofNone);
  const prefix = named === undefined ? "@" : `@${named}:`;
  const groups = source === undefined ? [] : await groupsOf(source);
  const found = ["*", ...groups]
    .filter((group) => source !== undefined && group.startsWith(begun))
    .slice(0, MOST_GROUPS)
    .map((group) => ({
      word: prefix + group,
      describe: group === "*" ? "all hosts of the source" : "group",
    }));
  const others = named === undefined ? [...sources.keys()] : [];
  return [...found, ...others.map((name) => ({ word: `@${name}:`, describe: "source of groups" }))];
}

async function groupsOf(source: Source): Promise<readonly string[]> {
  if (source.kind === "file") return [...source.groups.keys()];
  if (source.list === undefined) return [];
  const listed = await listOf(source, source.list, performance.now() + WITHIN_MS);
  return listed.ok ? listed.value : [];
}
