import { isFailure, stageText } from "@roadrunner/core";
import { spokenDuration } from "../text/durations.ts";
import { safeLine } from "../text/safe-text.ts";
import { mark, paint, verdictInk } from "../text/style.ts";
import { changedText } from "../text/changed-text.ts";
import { fit, padTo, widthOf } from "../text/width.ts";
import { holds, waitText } from "../gates/gate-words.ts";
import { jobTitle } from "../gates/job-title.ts";
import { bar, hostsOf } from "./bar.ts";
import { gateLines, holdLines, type Canvas } from "./gate-lines.ts";
import { fullestValues, nameAmong, type JobStanding } from "@roadrunner/engine/story";

/** `gates`: two lines, and one for each gate. Who has to type something is told at least in two lines. */
export type JobDetail = "gates" | "twoLines" | "oneLine";

const LONGEST_SHOWN = 3;
const MIN_BAR = 8;
const MAX_BAR = 50;

/** A job of the running slot of this run: bar and numbers, and below them what it waits for. */
export function jobLines(
  run: string,
  job: JobStanding,
  ofSlot: readonly JobStanding[],
  detail: JobDetail,
  canvas: Canvas,
): readonly string[] {
  const { columns, style, nowMs } = canvas;
  const nameWidth = nameColumn(ofSlot, columns);
  const numbersWidth = Math.max(...ofSlot.map((other) => numbersText(other).length));
  const barWidth = Math.min(MAX_BAR, columns - 4 - nameWidth - 2 - 2 - numbersWidth);
  const state = job.verdict ?? (job.startedMs === undefined ? "waiting" : "running");
  const ink = job.verdict === undefined ? (holds(job) ? "warn" : "busy") : verdictInk(job.verdict);
  const sign = paint(style, ink, mark(style, state));
  const drawn = barWidth < MIN_BAR ? "" : `${bar(job, barWidth, style)}  `;
  const width = columns - 4 - nameWidth - 2 - (drawn === "" ? 0 : barWidth + 2);
  const title = jobTitle(job);
  const first = `  ${sign} ${padTo(title, nameWidth)}  ${drawn}${fit(numbersText(job), width)}`;
  const indent = 4 + nameWidth + 2;
  if (columns < indent + 4) return [fit(`  ${mark(style, state)} ${title}`, columns)];
  const second = detail === "oneLine" ? "" : paint(style, "faint", secondText(job, columns - indent, nowMs));
  const gates = detail === "gates" ? gateLines(job, { ...canvas, columns: columns - indent }) : [];
  const below = [...(second === "" ? [] : [second]), ...gates];
  return [
    first,
    // What is to be typed has as much room as there is.
    ...holdLines(job, ofSlot, run, { ...canvas, columns: columns - 4 }).map((line) => `    ${line}`),
    ...below.map((line) => " ".repeat(indent) + line),
  ];
}

/** `9 ok, needs 8; 1 failed, 2 allowed; 4 changed`. */
function numbersText(job: JobStanding): string {
  const { failed } = hostsOf(job);
  if (job.undoes !== undefined) return `${job.counts.ok} of ${job.hosts} undone; ${failed} failed`;
  if (job.startedMs === undefined) return `${job.hosts} to come`;
  const allowed = Math.max(0, job.hosts - job.need);
  return `${job.counts.ok} ok, needs ${job.need}; ${failed} failed, ${allowed} allowed${changedText(job, "; ")}`;
}

function secondText(job: JobStanding, width: number, nowMs: number): string {
  if (job.verdict !== undefined) {
    const reason = job.reason === undefined ? "" : safeLine(job.reason);
    return fit(reason, width);
  }
  const { running, waiting } = hostsOf(job);
  const facts: string[] = [];
  const waits = holds(job) ? undefined : waitText(job, nowMs);
  if (waits !== undefined) facts.push(waits);
  if (job.steps > 0) facts.push(`step ${job.step} of ${job.steps}`);
  // Before the names of hosts, which may be as long as the line.
  facts.push(...fullest(job), ...failedIn(job));
  facts.push(`${running} running${atStages(job)}${longest(job, nowMs)}`);
  const retries = job.waitingForRetry.size;
  if (waiting > retries) facts.push(`${waiting - retries} waiting`);
  if (retries > 0) facts.push(`${retries} to be tried again`);
  return fit(facts.join(", "), width);
}

/** `fullest rack=r7 1/1 (and 12 more)`, for each label that the job is spread over. */
function fullest(job: JobStanding): readonly string[] {
  return fullestValues(job).map((full) => {
    const others = full.others === 0 ? "" : ` (and ${full.others} more)`;
    return `fullest ${full.label}=${safeLine(full.value)} ${full.taken}/${full.places}${others}`;
  });
}

/** `: 2 drain, 40 healthy`, of a job with several stages. */
function atStages({ running, ways, stages = new Map() }: JobStanding): string {
  if (ways === undefined || stages.size < 2 || running.size < 2) return "";
  const at = new Map<string, number>([...stages.keys()].map((stage) => [stage, 0]));
  for (const host of running.keys()) {
    const way = ways.get(host);
    if (way === undefined) continue;
    const stage = nameAmong(stages, way);
    at.set(stage, (at.get(stage) ?? 0) + 1);
  }
  const told = [...at]
    .filter(([, hosts]) => hosts > 0)
    .map(([stage, hosts]) => `${hosts} ${safeLine(stage)}`);
  return `: ${told.join(", ")}`;
}

/** `failed in install 2, healthy 1`, of a job with stages. */
function failedIn({ stages = new Map() }: JobStanding): readonly string[] {
  const told = [...stages].flatMap(([stage, { notOk }]) => {
    const failed = [...notOk.values()].filter(isFailure).length;
    return failed === 0 ? [] : [`${safeLine(stage)} ${failed}`];
  });
  return told.length === 0 ? [] : [`failed in ${told.join(", ")}`];
}

/** ` (fe12 34 s, fe3 20 s, fe7 11 s)`: the hosts that run longest. */
function longest(job: JobStanding, nowMs: number): string {
  const shown: string[] = [];
  for (const [host, startedMs] of job.running) {
    const way = job.ways?.get(host);
    const what = way === undefined ? "" : ` ${way.isOver ? "waits after " : ""}${safeLine(stageText(way))}`;
    const since = way?.sinceMs ?? startedMs;
    shown.push(`${safeLine(host)}${what} ${spokenDuration(Math.max(0, nowMs - since))}`);
    if (shown.length === LONGEST_SHOWN) break;
  }
  return shown.length === 0 ? "" : ` (${shown.join(", ")})`;
}

/** All names of a slot in one column, no wider than a quarter of the screen. */
function nameColumn(jobs: readonly JobStanding[], columns: number): number {
  const widest = Math.max(...jobs.map((job) => widthOf(jobTitle(job))), 1);
  return Math.min(widest, Math.max(6, Math.floor(columns / 4)));
}
