import { createReadStream } from "node:fs";
import {
  expandHosts,
  fail,
  formatHost,
  succeed,
  type ExpandOptions,
  type Outcome,
  type Result,
} from "@roadrunner/core";
import { whyUnread } from "@roadrunner/core/files";
import { eventsThatCount } from "@roadrunner/engine/resume";
import { RunStory, type JobStory } from "@roadrunner/engine/story";
import { readKnownRun, type Places } from "../known-runs/index.ts";
import { hostsInLines, linesIn } from "./host-lines.ts";
import { maskLists, type ListName } from "./list-names.ts";
import { readAtMost } from "../usage/bounded-read.ts";
import { readStdin, STDIN } from "../usage/stdin.ts";

/** What host expressions are expanded with. */
export type Known = Required<Pick<ExpandOptions, "groups" | "labels">>;
type Found = Result<string, readonly string[]>;

/** What lists are read with. */
export interface Around {
  /** The groups that these expressions can name, and perhaps others; and labels. */
  readonly knownIn: (expressions: readonly string[]) => Promise<Result<Known, readonly string[]>>;
  readonly places: Places;
  /** What standard input is read for already. */
  readonly stdinIs?: string;
}

const MOST_MIB = 16;

/**
 * A host expression of the command line with its `@-`, `@file:PATH` and `@OUTCOME:RUN` read: an expression of plain
 * hosts. One without them is left as it is, for the plan to tell what is wrong with it. `option` is its name.
 */
export async function withListsRead(option: string, expression: string, around: Around): Promise<Found> {
  const masked = maskLists(expression);
  if (!masked.ok) return fail([`${option}: ${masked.error}`]);
  if (masked.value.lists.size === 0) return succeed(expression);
  const known = await around.knownIn([masked.value.expression]);
  const { groups: named, labels } = known.ok ? known.value : { groups: [], labels: undefined };
  const groups = new Map(named);
  const problems: string[] = known.ok ? [] : [...known.error];
  for (const [name, { written, list }] of masked.value.lists) {
    const read = await readList(list, around);
    if (read.ok) groups.set(name, read.value);
    else problems.push(...read.error.map((problem) => `${option}: ${written}: ${problem}`));
  }
  if (problems.length > 0) return fail(problems);
  const hosts = expandHosts(masked.value.expression, { groups, labels });
  if (hosts.ok) return succeed(hosts.value.map(formatHost).join(","));
  const { hint } = hosts.error;
  let { message } = hosts.error;
  for (const [name, { written }] of masked.value.lists)
    message = message.replaceAll(`@${name}`, () => written);
  return fail([`${option}: ${message}`, ...(hint === undefined ? [] : [`  ${hint}`])]);
}

async function readList(list: ListName, { knownIn, places, stdinIs }: Around): Promise<Found> {
  switch (list.kind) {
    case "stdin":
      if (stdinIs !== undefined) return fail([`standard input is ${stdinIs} already`]);
      return linesOf(await readStdin(), STDIN, knownIn);
    case "file":
      return readLines(list.path, knownIn);
    case "run":
      return hostsOfRun(list.run, list.outcome, places);
  }
}

async function readLines(path: string, knownIn: Around["knownIn"]): Promise<Found> {
  try {
    return await linesOf(await readAtMost(createReadStream(path), MOST_MIB), path, knownIn);
  } catch (error) {
    return fail([`cannot read the hosts: ${whyUnread(error)}`]);
  }
}

async function linesOf(
  bytes: Result<Buffer, string>,
  name: string,
  knownIn: Around["knownIn"],
): Promise<Found> {
  if (!bytes.ok) return fail([`${bytes.error}: a list of hosts can have ${MOST_MIB}`]);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.value);
  } catch (error) {
    if (error instanceof TypeError) return fail(["is no UTF-8 text: one host expression a line is needed"]);
    throw error;
  }
  const known = await knownIn(linesIn(text));
  return known.ok ? hostsInLines(text, name, known.value) : known;
}

/**
 * Hosts that had this final outcome in any job of the run, in the order of its plan. Who was undone is not ok, and a job that
 * undoes another makes nobody so.
 */
async function hostsOfRun(name: string, outcome: Outcome, places: Places): Promise<Found> {
  const read = await readKnownRun(name, places);
  if (!read.ok) return fail(read.error.lines);
  const { events } = read.value.recorded;
  const story = RunStory.of(eventsThatCount(events), { details: true, outputs: "none" });
  const jobs = story.jobs.filter(({ undoes }) => undoes === undefined || outcome !== "ok");
  const had = jobs.flatMap((job) =>
    [...job.tasks.values()].filter(
      (task) => task.outcome === outcome && !(outcome === "ok" && isUndone(job, task.host)),
    ),
  );
  const hosts = new Set(had.map(({ host }) => host));
  return hosts.size > 0
    ? succeed([...hosts].join(","))
    : fail([`no host of run ${story.run} ended ${outcome}`]);
}

/** Or has begun to be. */
function isUndone({ undoneBy }: JobStory, host: string): boolean {
  return (undoneBy?.ended.get(host) ?? "skipped") !== "skipped";
}
