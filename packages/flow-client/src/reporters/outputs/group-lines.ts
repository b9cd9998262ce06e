import { foldHosts, isFailure } from "@roadrunner/core";
import type { GroupOutput, OutputGroup } from "@roadrunner/engine/story";
import { clip, safeLine, safeText } from "../text/safe-text.ts";
import { outcomeWord } from "../text/task-line.ts";
import { counted } from "../text/words.ts";
import { isTelling, lineDiff } from "./line-diff.ts";

/** How much is told; what is left out is counted. */
export interface Limits {
  readonly groups: number;
  readonly linesOfGroup: number;
  readonly lineWidth: number;
}

/** For the end of a run on a screen. */
export const SCREEN: Limits = { groups: 8, linesOfGroup: 20, lineWidth: 300 };
/** For somebody who asked for all of it. */
export const EVERYTHING: Limits = {
  groups: Number.POSITIVE_INFINITY,
  linesOfGroup: Number.POSITIVE_INFINITY,
  lineWidth: 10_000,
};

/**
 * The ends of a job's hosts: failures first, the largest group of each outcome whole, each smaller one as a diff
 * against it. Good ends without output are not told. All of it is harmless on a terminal.
 */
export function groupLines(groups: readonly OutputGroup[], limits: Limits): readonly string[] {
  const told = groups.filter((group) => isFailure(group.outcome) || group.outcome === "cancelled");
  const good = groups.filter((group) => group.outcome === "ok");
  const silent = good.every((group) => group.output !== undefined && bodyOf(group.output).length === 0);
  return [...kindLines(told, limits), ...(silent ? [] : kindLines(good, limits))];
}

/** The largest group of its kind: what the smaller ones are compared with. */
interface Model {
  readonly hosts: string;
  readonly body: readonly string[];
}

function kindLines(groups: readonly OutputGroup[], limits: Limits): readonly string[] {
  const shown = groups.slice(0, limits.groups);
  const lines: string[] = [];
  const models = new Map<string, Model>();
  for (const group of shown) {
    const kind = JSON.stringify([group.outcome, group.reason]);
    const hosts = fold([...group.hosts], limits);
    const body = group.output === undefined ? undefined : bodyOf(group.output);
    lines.push(...oneGroup(group, hosts, body, models.get(kind), limits));
    if (body !== undefined && !models.has(kind)) models.set(kind, { hosts, body });
  }
  const left = groups.slice(shown.length);
  if (left.length > 0) {
    const hosts = left.flatMap((group) => [...group.hosts]);
    lines.push(`… ${counted(left.length, "more output")} on ${fold(hosts, limits)}`);
  }
  return lines;
}

function oneGroup(
  group: OutputGroup,
  hosts: string,
  body: readonly string[] | undefined,
  model: Model | undefined,
  limits: Limits,
): readonly string[] {
  const reason = group.reason === undefined ? "" : `: ${safeLine(group.reason)}`;
  const title = `${hosts} ${outcomeWord(group.outcome)}${reason}`;
  if (body === undefined) return [title, "  (the output is too much to be gathered)"];
  const whole = body.map((line) => `  | ${line}`);
  if (model === undefined) return [title, ...cut(whole, limits)];
  if (body.length === 0) return [`${title}, without output`];
  const changes = lineDiff(model.body, body);
  if (!isTelling(changes, body)) return [title, ...cut(whole, limits)];
  const diff = changes.map(({ sign, line }) => `  ${sign}| ${line}`);
  const differs = `${group.outcome === "ok" ? "," : "; output"} differs from that of ${model.hosts}`;
  return [title + differs, ...cut(diff, limits)];
}

/** Stdout, then stderr, line by line, each line harmless. */
export function bodyOf({ stdout, stderr, omitted, lost }: GroupOutput): readonly string[] {
  const out = streamLines(stdout, omitted.stdout);
  const err = streamLines(stderr, omitted.stderr);
  return [
    ...out,
    ...(out.length > 0 && err.length > 0 ? ["(stderr)"] : []),
    ...err,
    ...(lost ? ["(output was lost, all or a part of it)"] : []),
  ];
}

function streamLines(text: string, omittedBytes: number): readonly string[] {
  const lines = safeText(text).trimEnd().split("\n");
  if (lines.length === 1 && lines[0] === "") return [];
  return omittedBytes > 0 ? [...lines, `(${omittedBytes} bytes are left out in the middle)`] : lines;
}

function cut(lines: readonly string[], { linesOfGroup, lineWidth }: Limits): readonly string[] {
  const shown = lines.slice(0, linesOfGroup).map((line) => clip(line, lineWidth));
  const left = lines.length - shown.length;
  return left > 0 ? [...shown, `  … ${counted(left, "more line")}`] : shown;
}

function fold(hosts: readonly string[], { lineWidth }: Limits): string {
  return clip(foldHosts(hosts), lineWidth);
}
