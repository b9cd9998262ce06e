import { dirname, resolve } from "node:path";
import {
  expressionOfNodes,
  fail,
  fillIn,
  formatFlowProblem,
  groupsNamed,
  succeed,
  suggest,
  type FoundGroup,
  type Result,
  type Upcall,
  type UpcallSource,
} from "@roadrunner/core";
import { printed, WITHIN_MS } from "../bounded-program.ts";
import type { Source } from "./read-groups-conf.ts";

type Answer<T> = Promise<Result<T, string>>;
type Problem = Upcall["problem"];

/** What a source tells of one of its groups; `*` is all its hosts. No host is an error, never an empty group. */
export async function askSource(source: Source, group: string, untilMs: number): Answer<FoundGroup> {
  if (group === "*") return everyHost(source, untilMs);
  if (source.kind === "file") return groupOfFile(source, group);
  const { map } = source;
  const text = await ask(source, map, "map", { untilMs, group });
  if (!text.ok) return text;
  if (text.value.text.trim() !== "") return found(text.value.text, source, group, map.problem);
  const list = source.list === undefined ? undefined : await listOf(source, source.list, untilMs);
  const near = list?.ok === true ? suggest(group, list.value) : undefined;
  const message = `map of source ${source.name} printed no host for ${group}: a group that is not there, or is empty, is an error${text.value.complaint}`;
  const hint = near === undefined ? undefined : `did you mean @${source.name}:${near}?`;
  return fail(formatFlowProblem(map.problem(message, hint)));
}

/** Names of a source's groups: what `list` prints, `rack[1-9]` is nine. */
export async function listOf(source: UpcallSource, list: Upcall, untilMs: number): Answer<readonly string[]> {
  const text = await ask(source, list, "list", { untilMs });
  if (!text.ok) return text;
  const words = text.value.text.split(/\s+/).filter((word) => word !== "");
  const names = words.flatMap((word) => [...groupsNamed(`@${word}`)]);
  const unread = words.find((word) => groupsNamed(`@${word}`).size === 0 || word.includes(":"));
  if (unread === undefined) return succeed(names);
  const message = `list of source ${source.name} printed ${JSON.stringify(unread)}, which is no name of a group here`;
  return fail(formatFlowProblem(list.problem(message, "names are made of letters, digits, _ . and -")));
}

function groupOfFile(source: Source & { kind: "file" }, group: string): Result<FoundGroup, string> {
  const { name, groups, problem, groupProblem } = source;
  if (!groups.has(group)) {
    const known = [...groups.keys()];
    const near = suggest(group, known);
    const more = known.length > 8 ? ", …" : "";
    const there = known
      .slice(0, 8)
      .map((one) => `@${name}:${one}`)
      .join(", ");
    const hint = near === undefined ? `groups: ${there}${more}` : `did you mean @${name}:${near}?`;
    return fail(formatFlowProblem(problem(`the source ${name} has no group ${group}`, hint)));
  }
  const text = groups.get(group);
  const here: Problem = (message, hint) => groupProblem(group, message, hint);
  if (text !== undefined && text.trim() !== "") return found(text, source, group, here);
  const message = `the group ${group} of source ${name} has no host`;
  return fail(formatFlowProblem(here(message, "write a node set, as in 'web[1-9]', or a list of them")));
}

/** The `all` of a source; of one without, the hosts of all its groups, as ClusterShell has it. */
async function everyHost(source: Source, untilMs: number): Answer<FoundGroup> {
  const { name, problem } = source;
  const ofGroups = (groups: readonly string[]): Result<FoundGroup, string> =>
    groups.length > 0
      ? succeed({ expression: groups.map((group) => `@${name}:${group}`).join(","), problem })
      : fail(formatFlowProblem(problem(`the source ${name} has no group`)));
  if (source.kind === "file")
    return source.groups.has("all") ? groupOfFile(source, "all") : ofGroups([...source.groups.keys()]);
  const { all, list } = source;
  if (all !== undefined) {
    const text = await ask(source, all, "all", { untilMs });
    return text.ok ? found(text.value.text, source, "*", all.problem) : text;
  }
  if (list === undefined) {
    const message = `the source ${name} has neither "all" nor "list", so that nobody knows all its hosts`;
    return fail(formatFlowProblem(problem(message, "write one of them, or name groups")));
  }
  const groups = await listOf(source, list, untilMs);
  return groups.ok ? ofGroups(groups.value) : groups;
}

function found(text: string, source: Source, group: string, problem: Problem): Result<FoundGroup, string> {
  const expression = expressionOfNodes(text, source.name);
  if (expression.ok) return succeed({ expression: expression.value, problem });
  const { message, hint } = expression.error;
  return fail(formatFlowProblem(problem(`@${source.name}:${group}: ${message}`, hint)));
}

interface Said {
  readonly text: string;
  readonly complaint: string;
}

/** Runs a command of the file as ClusterShell does: by /bin/sh, in the file's folder, its names filled in. */
async function ask(
  { name, file }: UpcallSource,
  { command, problem }: Upcall,
  what: string,
  { untilMs, group }: { readonly untilMs: number; readonly group?: string },
): Answer<Said> {
  const cwd = dirname(resolve(file));
  const names = { CFGDIR: cwd, SOURCE: name, ...(group === undefined ? {} : { GROUP: group }) };
  const ownMs = performance.now() + WITHIN_MS;
  const late =
    ownMs < untilMs
      ? `took more than ${WITHIN_MS / 1000} s`
      : "did not end in the time that all groups have together";
  const until = { untilMs: Math.min(ownMs, untilMs), late };
  const text = await printed("/bin/sh", ["-c", fillIn(command, names)], { ...until, cwd });
  if (text.ok) return succeed({ text: text.value.bytes.toString(), complaint: text.value.complaint });
  const of = group === undefined ? "" : ` for ${group}`;
  return fail(formatFlowProblem(problem(`${what} of source ${name}${of} ${text.error}`)));
}
