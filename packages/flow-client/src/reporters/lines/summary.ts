import { OUTCOMES, type OutcomeCounts } from "@roadrunner/core";
import type { JobStory, RunStory } from "@roadrunner/engine/story";
import { confirmedText } from "../gates/gate-words.ts";
import { jobTitle } from "../gates/job-title.ts";
import { besideHosts } from "../gates/watch-summary.ts";
import { handedOver } from "../outputs/handed-over.ts";
import { groupLines, SCREEN, textsOf, type Limits } from "../outputs/group-lines.ts";
import { stageTable } from "../outputs/stage-table.ts";
import { spokenDuration } from "../text/durations.ts";
import { safeLine } from "../text/safe-text.ts";
import type { OutputLine } from "../text/output-lines.ts";
import { outcomeWord } from "../text/task-line.ts";
import { changedText } from "../text/changed-text.ts";
import { counted } from "../text/words.ts";
import { whereText } from "../text/where-text.ts";

/** What the end of a run says. */
export function summaryLines(story: RunStory, limits: Limits = SCREEN): readonly string[] {
  const lines: string[] = [];
  const shown = new Shown(limits);
  for (const { slot, verdict, startedMs, confirmedBy, jobs } of story.slots) {
    const how = verdict ?? (startedMs === undefined ? "not started" : "not ended");
    lines.push(`slot ${slot} ${how}${confirmedText(confirmedBy)}`);
    for (const job of jobs) {
      lines.push(jobLine(job), ...stageTable(job).map((line) => `    ${line}`));
      lines.push(...besideHosts(job, story, limits.answers).map((line) => `    ${line}`));
      lines.push(
        ...handedOver(job).map(({ hosts, values }) => `    outputs of ${hosts}: ${safeLine(values)}`),
      );
      const outputs = shown.add(groupLines(job.groups.sorted(), limits));
      lines.push(...outputs.map(({ text }) => `    ${text}`));
      if (limits.stages === true)
        lines.push(...stageOutputs(job, limits, shown).map((text) => `    ${text}`));
    }
  }
  return [...lines, ...shown.whereTheRestIs(story), lastLine(story)];
}

/** Of a run of one job: what its hosts wrote, then how it ended. */
export function oneJobLines(story: RunStory, job: JobStory, limits: Limits): readonly string[] {
  const shown = new Shown(limits);
  const outputs = textsOf(shown.add(groupLines(job.groups.sorted(), limits)));
  const head = outputs.length > 0 ? [...outputs, ""] : [];
  const rest = shown.whereTheRestIs(story);
  const stages = stageTable(job).map((line) => `  ${line}`);
  const beside = besideHosts(job, story, limits.answers).map((line) => `  ${line}`);
  return [...head, ...rest, jobLine(job).trimStart(), ...stages, ...beside, lastLine(story)];
}

/** What the hosts wrote in each stage. */
function stageOutputs({ stages }: JobStory, limits: Limits, shown: Shown): readonly string[] {
  return [...(stages ?? [])].flatMap(([stage, { groups, okMs, notOk }]) => {
    if (okMs.size === 0 && notOk.size === 0) return [];
    const outputs = textsOf(shown.add(groupLines(groups.sorted(), limits)));
    return [
      `stage ${safeLine(stage)}${outputs.length === 0 ? ": no output" : ""}`,
      ...outputs.map((text) => `  ${text}`),
    ];
  });
}

/** What is missing from the outputs that are shown. */
class Shown {
  #isCut = false;
  #hasGaps = false;
  readonly #withStages: boolean;

  constructor({ stages = false }: Limits) {
    this.#withStages = stages;
  }

  add(outputs: readonly OutputLine[]): readonly OutputLine[] {
    this.#isCut ||= outputs.some((line) => line.isCut === true);
    this.#hasGaps ||= outputs.some(({ gapBytes = 0 }) => gapBytes > 0);
    return outputs;
  }

  whereTheRestIs({ run, jobs }: RunStory): readonly string[] {
    const lines: string[] = [];
    if (this.#isCut) lines.push(`all output that is kept: rr-submit report ${run}`);
    const tellsOneOfMany = !this.#withStages && jobs.some((job) => stageTable(job).length > 0);
    if (tellsOneOfMany) lines.push(`the output of each stage: rr-submit report ${run} --stages`);
    if (this.#hasGaps)
      lines.push("the whole output of the next run: --output-dir DIR, or a larger --keep-output");
    return lines;
  }
}

function lastLine({ run, name, startedMs, endedMs, verdict, reason, interrupted }: RunStory): string {
  const took = spokenDuration(endedMs - startedMs);
  const what = `run ${run} (${safeLine(name)})`;
  const why = verdict === undefined ? interrupted : reason;
  const because = why === undefined ? "" : `: ${safeLine(why)}`;
  if (verdict !== undefined) return `${what} ${verdict} in ${took}${because}`;
  return `${what} ${interrupted === undefined ? "not ended" : "interrupted"} after ${took}${because}`;
}

function jobLine(job: JobStory): string {
  const { name, hosts, need, verdict, reason, startedMs, counts, open } = job;
  if (job.undoes !== undefined) return undoLine(job);
  const more = others(counts) + changedText(job);
  if (verdict !== undefined) {
    const why = reason === undefined ? "" : `: ${safeLine(reason)}`;
    return `  ${name} ${verdict}: ${counts.ok} of ${hosts} ok, needed ${need}${more}${why}`;
  }
  if (startedMs === undefined) return `  ${name}: never started, ${counted(hosts, "host")}`;
  // What runs there must not be taken for what never ran.
  const runs = open.size === 0 ? "" : `; started and not ended: ${whereText(job, open)}`;
  return `  ${name} not ended: ${counts.ok} of ${hosts} ok, needs ${need}${more}${runs}`;
}

/** It needs no number of hosts, and its reason has the numbers. */
function undoLine(job: JobStory): string {
  const { hosts, verdict, reason, counts, open } = job;
  const undone = `${counts.ok} of ${counted(hosts, "host")} undone${others(counts)}`;
  const runs = open.size === 0 ? "" : `; started and not ended: ${whereText(job, open)}`;
  if (verdict === undefined) return `  ${jobTitle(job)} not ended: ${undone}${runs}`;
  return `  ${jobTitle(job)} ${verdict}: ${reason === undefined ? undone : safeLine(reason)}`;
}

function others(counts: OutcomeCounts): string {
  return OUTCOMES.filter((outcome) => outcome !== "ok" && counts[outcome] > 0)
    .map((outcome) => `, ${counts[outcome]} ${outcomeWord(outcome)}`)
    .join("");
}
