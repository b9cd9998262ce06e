import { foldHosts, isFailure, OUTCOMES } from "@roadrunner/core";
import type { JobStory, OutputGroup } from "@roadrunner/engine/story";
import { bodyOf, textsOf } from "../outputs/group-lines.ts";
import { isTelling, lineDiff } from "../outputs/line-diff.ts";
import { safeLine } from "../text/safe-text.ts";

/** Characters of output in one page; failures come first, what is beyond stays in the journal. */
const MAX_OUTPUT = 6 * 1024 * 1024;
/** Of one group: a longer output ends in a note. */
const MAX_OUTPUT_OF_GROUP = 64 * 1024;

/** Outcomes as the page numbers them; the last is a task without an end. */
export const PAGE_OUTCOMES = [...OUTCOMES, "open"] as const;

export interface PageBudget {
  /** Characters of output that the page has still room for. */
  left: number;
}

export function pageBudget(): PageBudget {
  return { left: MAX_OUTPUT };
}

/**
 * Adds what the hosts of a job wrote, whole ways (stage -1) first, then stage by stage, failures before all others.
 * @returns the number of each group
 */
export function addGroups(
  job: JobStory,
  jobNumber: number,
  groups: object[],
  budget: PageBudget,
): ReadonlyMap<OutputGroup, number> {
  const numbers = new Map<OutputGroup, number>();
  const models = new Map<string, readonly string[]>();
  const add = (alike: readonly OutputGroup[], stage: number, body: readonly string[]): void => {
    const [group] = alike;
    if (group === undefined) return;
    for (const one of alike) numbers.set(one, groups.length);
    const kind = JSON.stringify([stage, group.outcome, group.reason, group.changed]);
    // What is missing would be told as a difference.
    const isLost = group.output?.lost === true;
    const hosts = alike.flatMap((one) => [...one.hosts]);
    const data = groupData(group, hosts, body, isLost ? undefined : models.get(kind), budget);
    groups.push({ job: jobNumber, stage, ...data });
    if (!isLost && !models.has(kind)) models.set(kind, body);
  };
  if (job.stages === undefined) {
    for (const group of job.groups.sorted()) add([group], -1, bodyTexts(group));
    return numbers;
  }
  // What a host wrote on its way stands once, with the stage that wrote it.
  for (const alike of alikeEnds(job.groups.sorted())) add(alike, -1, []);
  for (const { group, stage } of ofStages(job.stages)) add([group], stage, bodyTexts(group));
  return numbers;
}

function bodyTexts({ output }: OutputGroup): readonly string[] {
  return output === undefined ? [] : textsOf(bodyOf(output));
}

/** Groups that differ in nothing but their output. */
function alikeEnds(groups: readonly OutputGroup[]): Iterable<readonly OutputGroup[]> {
  const alike = new Map<string, OutputGroup[]>();
  for (const group of groups) {
    const key = JSON.stringify([group.outcome, group.reason, group.exitCode, group.signal, group.changed]);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, [group]);
    else known.push(group);
  }
  return alike.values();
}

function ofStages(
  stages: NonNullable<JobStory["stages"]>,
): readonly { readonly group: OutputGroup; readonly stage: number }[] {
  const all = [...stages.values()].flatMap(({ groups }, stage) =>
    groups.sorted().map((group) => ({ group, stage })),
  );
  const isBad = ({ group }: { readonly group: OutputGroup }): boolean => isFailure(group.outcome);
  return [...all.filter(isBad), ...all.filter((one) => !isBad(one))];
}

function groupData(
  group: OutputGroup,
  hosts: readonly string[],
  body: readonly string[],
  model: readonly string[] | undefined,
  budget: PageBudget,
): object {
  const { outcome, reason, exitCode, signal, changed } = group;
  const text = body.join("\n");
  const limit = Math.min(MAX_OUTPUT_OF_GROUP, budget.left);
  const shown = bothEndsOf(text, limit);
  budget.left -= shown.length;
  const changes = model === undefined || shown === "" ? [] : lineDiff(model, body);
  const isShort = isTelling(changes, body);
  if (isShort) budget.left -= changes.reduce((sum, { line }) => sum + line.length, 0);
  return {
    outcome: PAGE_OUTCOMES.indexOf(outcome),
    reason: safeLine(reason ?? ""),
    exit: exitCode ?? signal ?? (changed === false ? "not changed" : ""),
    hosts: hosts.length,
    folded: foldHosts([...hosts]),
    text: shown,
    ...(isShort ? { diff: changes.map(({ sign, line }) => sign + line) } : {}),
  };
}

/** Of a text that is too long the first quarter and the end: what went wrong stands mostly there. */
function bothEndsOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const first = Math.floor(limit / 4);
  const gap = `\n… ${text.length - limit} characters are left out here; they stand in the journal only\n`;
  return text.slice(0, first) + gap + text.slice(text.length - (limit - first));
}
