import {
  atPlaces,
  foldHosts,
  textOfStage,
  type JobPlan,
  type JobSummary,
  type JobWork,
  type PlanSummary,
  type RunPlan,
  type SlotPlan,
  type StagePlan,
} from "@roadrunner/core";
import { conductLines, stageConduct } from "./conduct.ts";
import { gateLines } from "./gate-text.ts";
import { spreadLines } from "./spread-text.ts";
import { safeValue } from "../text/safe-events.ts";
import { clip, safeText } from "../text/safe-text.ts";
import { counted } from "../text/words.ts";

/** Of several lines, and made harmless where they are shown. */
const LINES: ReadonlySet<string> = new Set(["command", "unless", "query"]);
const MAX_COMMAND_WIDTH = 300;
const MAX_FOLDED_WIDTH = 1000;

/** The plan for people: slots, jobs, steps with real host names, and the numbers with their arithmetic. */
export function planText(
  givenPlan: RunPlan,
  givenSummary: PlanSummary,
  givenSecrets: readonly string[] = [],
): readonly string[] {
  const plan = safeValue(givenPlan, LINES);
  const summary = safeValue(givenSummary, LINES);
  const lines = [`flow ${plan.name}: ${planSize(plan)}`, ...paramLines(plan, givenSecrets)];
  const phases = [
    { word: "slot", slots: plan.slots, summaries: summary.slots },
    { word: "finally slot", slots: plan.finally, summaries: summary.finally },
  ];
  for (const { word, slots, summaries } of phases) {
    slots.forEach((slot, index) => {
      const told = summaries[index];
      if (told === undefined) return;
      lines.push("", `${word} ${index + 1}${slotName(slot)}`);
      if (told.confirm !== undefined) lines.push(`  asks first: ${told.confirm}`);
      if (told.failFast) lines.push("  failFast: a failed job stops the others");
      const around = { told: new Set(Object.keys(plan.params ?? {})), places: atPlaces(slot.jobs) };
      slot.jobs.forEach((job, number) => {
        const jobSummary = told.jobs[number];
        if (jobSummary === undefined) return;
        const text = job.undoes === undefined ? jobText : undoText;
        lines.push(...text(job, jobSummary, around));
      });
      const forward = told.jobs.filter(({ undoes }) => undoes === undefined);
      if (forward.length > 1) {
        const hosts = forward.reduce((sum, job) => sum + job.hosts.length, 0);
        lines.push(`  most hosts down at once, all jobs: ${told.mostDown} of ${hosts}`);
      }
    });
  }
  return lines;
}

export function planSize(plan: RunPlan): string {
  const slots = [...plan.slots, ...plan.finally];
  // What undoes a job runs only where that fails.
  const jobs = slots.flatMap((slot) => slot.jobs.filter(({ undoes }) => undoes === undefined));
  const tasks = jobs.reduce((sum, job) => sum + job.hosts.length, 0);
  return `${counted(slots.length, "slot")}, ${counted(jobs.length, "job")}, ${counted(tasks, "task")}`;
}

function paramLines(
  { params = {}, secretParams = [] }: RunPlan,
  given: readonly string[],
): readonly string[] {
  const values = Object.entries(params).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const secrets = secretParams.map(
    (name) => `${name}: a secret, ${given.includes(name) ? "given in a file" : "asked for when it runs"}`,
  );
  return [...values, ...secrets].map((text) => `  ${clip(safeText(text), MAX_COMMAND_WIDTH)}`);
}

function slotName(slot: SlotPlan): string {
  return slot.name === undefined ? "" : ` (${slot.name})`;
}

interface Around {
  /** Names of variables that are the flow's parameters. */
  readonly told: ReadonlySet<string>;
  /** How many of the slot may be at once at each host where stages run. */
  readonly places: ReadonlyMap<string, number>;
}

function jobText(job: JobPlan, summary: JobSummary, around: Around): readonly string[] {
  const lines = [
    `  ${summary.name} on ${counted(summary.hosts.length, "host")}: ${fold(summary.hosts)}`,
    ...(job.work === undefined ? [] : workLines(job.work)),
    ...wayLines(job, around),
    `    needs ${summary.need} ok: ${summary.arithmetic.need}`,
  ];
  if (summary.onlyIfOk.length > 0) {
    lines.push(
      `    only where ${summary.onlyIfOk.join(" and ")} ended ok; the numbers are of all ${summary.hosts.length}`,
    );
  }
  if (summary.steps.length === 0) {
    lines.push(`    ${summary.window} at once: ${summary.arithmetic.parallelism.join(", ")}`);
  } else {
    lines.push(`    steps: ${summary.arithmetic.parallelism.join(", ")}`);
    let next = 0;
    summary.steps.forEach((size, index) => {
      const hosts = summary.hosts.slice(next, next + size);
      next += size;
      lines.push(
        `      step ${index + 1}: ${counted(size, "host")}, needs ${summary.stepNeeds[index] ?? size}: ${fold(hosts)}`,
      );
    });
  }
  for (const [outcome, text] of Object.entries(summary.arithmetic.tolerate)) {
    lines.push(`    tolerates ${outcome}: ${text}`);
  }
  lines.push(`    most hosts down at once: ${summary.mostDown.text}`);
  lines.push(...spreadLines(summary.spread).map((line) => `    ${line}`));
  lines.push(...[...conductLines(job, around.told), ...gateLines(job)].map((line) => `    ${line}`));
  return lines;
}

/** What undoes a job: when it runs and where, in place of the rules that decide a job. */
function undoText(job: JobPlan, summary: JobSummary, around: Around): readonly string[] {
  const undone = job.undoes ?? "";
  const places =
    job.parallelism.length === 1
      ? `${summary.window} at once, as ${undone}`
      : `at most ${summary.window} at once: as many as in the largest step that ${undone} came to`;
  const unknown = job.undoUnknown === true ? "also" : "not";
  return [
    `  ${summary.name}, if ${undone} fails: on those of its hosts that had started, latest first`,
    ...(job.work === undefined ? [] : workLines(job.work)),
    ...wayLines(job, around),
    `    ${places}`,
    `    ${unknown} on hosts of which nobody knows how they ended`,
    ...conductLines(job, around.told).map((line) => `    ${line}`),
  ];
}

function workLines(work: JobWork): readonly string[] {
  const asked = work.check === undefined ? "" : "check ";
  const what = work.script === undefined ? `${asked}${work.command ?? ""}` : `script ${work.script.name}`;
  return [`    ${commandText(what)}`, ...unlessLines(work)];
}

function unlessLines({ unless }: JobWork): readonly string[] {
  return unless === undefined ? [] : [`    unless ${commandText(unless)}`];
}

/** What is asked first has no number: it is no stage that the flow has written. */
function wayLines(job: JobPlan, around: Around): readonly string[] {
  const stages: readonly StagePlan[] = job.stages ?? [];
  const asking = stages.flatMap(({ asks, work }) => (asks === true ? unlessLines(work) : []));
  const gone = stages.filter(({ asks }) => asks !== true);
  return [...asking, ...gone.flatMap((stage, index) => stageLines(job, stage, index + 1, around))];
}

/** A stage of the way of each host, and how it is carried out. */
function stageLines(
  job: JobPlan,
  stage: StagePlan,
  number: number,
  { told, places }: Around,
): readonly string[] {
  const [what = "", ...more] = workLines(stage.work).map((line) => line.trim());
  const conduct = [...more, ...stageConduct(job, stage, told, places)].map((line) => `       ${line}`);
  return [`    ${number}. ${textOfStage(stage)}: ${what}`, ...conduct];
}

function commandText(command: string): string {
  return clip(safeText(command).replaceAll("\n", " ⏎ "), MAX_COMMAND_WIDTH);
}

function fold(hosts: readonly string[]): string {
  return clip(foldHosts(hosts), MAX_FOLDED_WIDTH);
}
