import { closestMatch } from "leven";
import { shorten } from "../parse/host-name.ts";
import type { Fault, HostExpressionProblem } from "../problem.ts";

/** The most groups that may stand in one another: far beyond real ones, and safe for the stack. */
const MAX_GROUP_DEPTH = 100;

/** Why a group cannot be evaluated, or undefined; `path`: the groups it stands in, outermost first. */
export function groupFault(
  name: string,
  groups: ReadonlyMap<string, string>,
  path: readonly string[],
): Fault | undefined {
  if (!groups.has(name)) return unknownGroup(name, [...groups.keys()]);
  const from = path.indexOf(name);
  if (from >= 0) {
    return {
      message: `the group @${name} contains itself: ${showPath([...path.slice(from), name])}`,
      hint: "take one of these references out",
    };
  }
  if (path.length < MAX_GROUP_DEPTH) return undefined;
  return {
    message: `groups stand in one another more than ${MAX_GROUP_DEPTH} deep, from @${path[0] ?? name} to @${name}`,
    hint: "name the inner groups directly",
  };
}

/** Tells of a problem which group it is in, and by which way that is reached; the last of `path` is that group. */
export function inGroup(path: readonly string[], { message, column, hint }: HostExpressionProblem): Fault {
  const way = path.length > 1 ? ` (${showPath(path)})` : "";
  const located = `in the group @${path.at(-1) ?? ""}${way}, column ${column}: ${message}`;
  return hint === undefined ? { message: located } : { message: located, hint };
}

function showPath(path: readonly string[]): string {
  const names = path.map((name) => `@${shorten(name)}`);
  return (names.length > 8 ? [...names.slice(0, 4), "…", ...names.slice(-3)] : names).join(" → ");
}

/** With a colon, or for all hosts. */
const ELSEWHERE =
  "groups of ClusterShell come with --groups-conf FILE; lists are @-, @file:PATH and @OUTCOME:RUN, as in @failed:last";

function unknownGroup(name: string, known: readonly string[]): Fault {
  const message = `there is no group @${shorten(name)}`;
  const near = nearName(name, known);
  if (near !== undefined) return { message, hint: `did you mean @${near}?` };
  if (/[:*]/.test(name)) return { message, hint: ELSEWHERE };
  if (known.length === 0) return { message, hint: "no groups are defined" };
  const listed = known.slice(0, 8).map((group) => `@${group}`);
  return { message, hint: `groups: ${listed.join(", ")}${known.length > 8 ? ", …" : ""}` };
}

export function nearName(name: string, known: readonly string[]): string | undefined {
  const sameLetters = known.find((group) => group.toLowerCase() === name.toLowerCase());
  if (sameLetters !== undefined || name.length < 2) return sameLetters;
  return closestMatch(name, known, { maxDistance: name.length > 3 ? 2 : 1 });
}
