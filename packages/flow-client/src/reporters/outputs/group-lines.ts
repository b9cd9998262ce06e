import { foldHosts, isFailure } from "@roadrunner/core";
import { firstHost, type GroupOutput, type OutputGroup } from "@roadrunner/engine/story";
import { bothEnds, outputLines, type OutputLine } from "../text/output-lines.ts";
import { clip, safeLine } from "../text/safe-text.ts";
import { outcomeWord } from "../text/task-line.ts";
import { counted, hostCount } from "../text/words.ts";
import { isTelling, lineDiff } from "./line-diff.ts";
import { lineTable } from "./line-table.ts";

/** How much is told; what is left out is counted. */
export interface Limits {
  readonly groups: number;
  readonly linesOfGroup: number;
  readonly lineWidth: number;
  /** The output of each stage as well, where tasks are told one by one. */
  readonly stages?: boolean;
  /** The answers of gates that are kept, and each wait for them and for people. */
  readonly answers?: boolean;
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
 * The ends of a job's hosts: failures first, the largest group of each outcome whole, each smaller one as a diff against
 * it; outputs that differ in one line are a table. Good ends without output are not told. All of it is harmless on a
 * terminal.
 */
export function groupLines(groups: readonly OutputGroup[], limits: Limits): readonly OutputLine[] {
  const told = groups.filter((group) => isFailure(group.outcome) || group.outcome === "cancelled");
  const good = groups.filter((group) => group.outcome === "ok");
  const silent = good.every((group) => group.output !== undefined && bodyOf(group.output).length === 0);
  return [...kindsLines(told, limits), ...(silent ? [] : kindsLines(good, limits))];
}

/** A group, or several that are one table. */
interface Part {
  readonly group: OutputGroup;
  readonly outputs: number;
  readonly hosts: readonly string[];
  readonly body: readonly OutputLine[] | undefined;
  readonly table?: readonly OutputLine[];
}

/** The largest group of its kind: what the smaller ones are compared with. */
interface Model {
  readonly hosts: readonly string[];
  readonly body: readonly OutputLine[];
}

function kindsLines(groups: readonly OutputGroup[], limits: Limits): readonly OutputLine[] {
  const kinds = new Map<string, OutputGroup[]>();
  for (const group of groups) {
    const kind = JSON.stringify([group.outcome, group.reason, group.changed]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), group]);
  }
  const parts = [...kinds].flatMap(([kind, alike]) => partsOf(alike).map((part) => ({ ...part, kind })));
  const shown = parts.slice(0, limits.groups);
  const lines: OutputLine[] = [];
  const models = new Map<string, Model>();
  for (const { kind, ...part } of shown) {
    lines.push(...onePart(part, models.get(kind), limits));
    const { body, table, group, hosts } = part;
    if (body !== undefined && table === undefined && !models.has(kind) && group.output?.lost !== true)
      models.set(kind, { hosts, body });
  }
  const left = parts.slice(shown.length);
  if (left.length > 0) {
    const outputs = left.reduce((sum, part) => sum + part.outputs, 0);
    const hosts = fold(
      left.flatMap((part) => part.hosts),
      limits,
    );
    lines.push({ text: `… ${counted(outputs, "more output")} on ${hosts}`, isCut: true });
  }
  return lines;
}

/** The groups of a kind in their order; where some of them are a table, that stands where the first of these was. */
function partsOf(groups: readonly OutputGroup[]): readonly Part[] {
  const parts = groups.map((group): Part => {
    const body = group.output === undefined ? undefined : bodyOf(group.output);
    return { group, outputs: 1, hosts: [...group.hosts], body };
  });
  const written = parts.flatMap(({ group, body }, index) => {
    const isWhole = body !== undefined && body.length > 0 && group.output?.lost !== true;
    return isWhole && body.every(({ gapBytes }) => gapBytes === undefined)
      ? [{ index, hosts: group.hosts, body }]
      : [];
  });
  const table = lineTable(written);
  const [first] = table?.of ?? [];
  if (table === undefined || first === undefined) return parts;
  const others = new Set(table.of.map(({ index }) => index));
  const hosts = table.of.flatMap((one) => [...one.hosts]);
  return parts.flatMap((part, index) => {
    if (index === first.index) return [{ ...part, outputs: others.size, hosts, table: table.lines }];
    return others.has(index) ? [] : [part];
  });
}

function onePart(
  { group, hosts, body, table }: Part,
  model: Model | undefined,
  limits: Limits,
): readonly OutputLine[] {
  const reason = group.reason === undefined ? "" : `: ${safeLine(group.reason)}`;
  const as = group.changed === false ? ", not changed" : "";
  const title = `${fold(hosts, limits)}${hostCount(hosts)} ${outcomeWord(group.outcome)}${as}${reason}`;
  if (table !== undefined) return told(title, cut(table, limits));
  if (body === undefined)
    return told(title, [{ text: "  (the output is too much to be gathered)", isCut: true }]);
  const whole = body.map((line) => ({ ...line, text: `  | ${line.text}` }));
  // What is missing would be told as a difference.
  if (model === undefined || group.output?.lost === true) return told(title, cut(whole, limits));
  if (body.length === 0) return told(`${title}, without output`);
  const changes = lineDiff(textsOf(model.body), textsOf(body));
  if (!isTelling(changes, textsOf(body))) return told(title, cut(whole, limits));
  const diff = changes.map(({ sign, line }) => ({ text: `  ${sign}| ${line}` }));
  // All of its hosts wrote the same: one stands for them.
  const differs = `${group.outcome === "ok" ? "," : "; output"} differs from that of ${firstHost(model.hosts)}`;
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
