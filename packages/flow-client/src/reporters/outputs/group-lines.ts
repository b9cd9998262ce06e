import { foldHosts, isFailure } from "@roadrunner/core";
import type { GroupOutput, OutputGroup } from "@roadrunner/engine/story";
import { bothEnds, outputLines, type OutputLine } from "../text/output-lines.ts";
import { clip, safeLine } from "../text/safe-text.ts";
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
export function groupLines(groups: readonly OutputGroup[], limits: Limits): readonly OutputLine[] {
  const told = groups.filter((group) => isFailure(group.outcome) || group.outcome === "cancelled");
  const good = groups.filter((group) => group.outcome === "ok");
  const silent = good.every((group) => group.output !== undefined && bodyOf(group.output).length === 0);
  return [...kindLines(told, limits), ...(silent ? [] : kindLines(good, limits))];
}

/** The largest group of its kind: what the smaller ones are compared with. */
interface Model {
  readonly hosts: string;
  readonly body: readonly OutputLine[];
}

function kindLines(groups: readonly OutputGroup[], limits: Limits): readonly OutputLine[] {
  const shown = groups.slice(0, limits.groups);
  const lines: OutputLine[] = [];
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
    const text = `… ${counted(left.length, "more output")} on ${fold(hosts, limits)}`;
    lines.push({ text, isCut: true });
  }
  return lines;
}

function oneGroup(
  group: OutputGroup,
  hosts: string,
  body: readonly OutputLine[] | undefined,
  model: Model | undefined,
  limits: Limits,
): readonly OutputLine[] {
  const reason = group.reason === undefined ? "" : `: ${safeLine(group.reason)}`;
  const title = `${hosts} ${outcomeWord(group.outcome)}${reason}`;
  if (body === undefined)
    return told(title, [{ text: "  (the output is too much to be gathered)", isCut: true }]);
  const whole = body.map((line) => ({ ...line, text: `  | ${line.text}` }));
  if (model === undefined) return told(title, cut(whole, limits));
  if (body.length === 0) return told(`${title}, without output`);
  const changes = lineDiff(textsOf(model.body), textsOf(body));
  if (!isTelling(changes, textsOf(body))) return told(title, cut(whole, limits));
  const diff = changes.map(({ sign, line }) => ({ text: `  ${sign}| ${line}` }));
  const differs = `${group.outcome === "ok" ? "," : "; output"} differs from that of ${model.hosts}`;
  return told(title + differs, cut(diff, limits));
}

function told(title: string, lines: readonly OutputLine[] = []): readonly OutputLine[] {
  return [{ text: title }, ...lines];
}

/** Stdout, then stderr, line by line, each line harmless. */
export function bodyOf({ stdout, stderr, omitted, gapAt, lost }: GroupOutput): readonly OutputLine[] {
  const out = outputLines({ text: stdout, omittedBytes: omitted.stdout, gapAt: gapAt.stdout });
  const err = outputLines({ text: stderr, omittedBytes: omitted.stderr, gapAt: gapAt.stderr });
  return [
    ...out,
    ...(out.length > 0 && err.length > 0 ? [{ text: "(stderr)", gapBytes: 0 }] : []),
    ...err,
    ...(lost ? [{ text: "(output was lost, all or a part of it)", gapBytes: 0 }] : []),
  ];
}

export function textsOf(lines: readonly OutputLine[]): readonly string[] {
  return lines.map(({ text }) => text);
}

function cut(lines: readonly OutputLine[], { linesOfGroup, lineWidth }: Limits): readonly OutputLine[] {
  return bothEnds(lines, linesOfGroup, "  ").map((line) => ({ ...line, text: clip(line.text, lineWidth) }));
}

function fold(hosts: readonly string[], { lineWidth }: Limits): string {
  return clip(foldHosts(hosts), lineWidth);
}
