import { spokenDuration } from "../text/durations.ts";
import type { BoardSize } from "../lines/reporter.ts";
import { safeLine } from "../text/safe-text.ts";
import { mark, paint, verdictInk, type Style } from "../text/style.ts";
import { fit, widthOf } from "../text/width.ts";
import { changedText } from "../text/changed-text.ts";
import { counted } from "../text/words.ts";
import { jobTitle } from "../gates/job-title.ts";
import { aboutDuration, estimateMs } from "./estimate.ts";
import { holds } from "../gates/gate-words.ts";
import { jobLines, type JobDetail } from "./job-lines.ts";
import type { RunStory, SlotStory } from "@roadrunner/engine/story";

/** What is left out, step by step, until the board fits the screen. */
const LEVELS: readonly { readonly slots: "each" | "summed"; readonly detail: JobDetail }[] = [
  { slots: "each", detail: "gates" },
  { slots: "summed", detail: "gates" },
  { slots: "summed", detail: "twoLines" },
  { slots: "summed", detail: "oneLine" },
];

/** On less than this nothing can be told. */
const MIN_COLUMNS = 10;

/**
 * The board: at most `rows` - 1 lines of at most `columns` - 1 columns, so that the terminal neither scrolls nor
 * wraps. A size of 0 is a terminal that does not say: 80 by 24.
 */
export function boardLines(run: RunStory, size: BoardSize, style: Style, nowMs: number): readonly string[] {
  const columns = (size.columns || 80) - 1;
  const rows = (size.rows || 24) - 1;
  if (run.slots.length === 0 || columns < MIN_COLUMNS || rows < 1) return [];
  const head = headLine(run, columns, style, nowMs);
  for (const { slots, detail } of LEVELS) {
    const lines = [head, ...bodyLines(run, slots, detail, columns, style, nowMs)];
    if (lines.length <= rows) return lines;
  }
  return [head, ...scarceLines(run, rows - 1, columns, style, nowMs)].slice(0, rows);
}

function headLine(run: RunStory, columns: number, style: Style, nowMs: number): string {
  const elapsed = spokenDuration(Math.max(0, nowMs - run.startedMs));
  const facts = [`slot ${current(run)?.slot ?? run.slots.length} of ${run.slots.length}`, elapsed];
  const estimate = slotEstimate(run, nowMs);
  if (run.stopping !== undefined) facts.push(`STOPPING: ${safeLine(run.stopping)}`);
  else if (estimate !== undefined) facts.push(estimate);
  const right = facts.join(" · ");
  const name = fit(safeLine(run.name), Math.max(8, columns - widthOf(right) - 2));
  const left = paint(style, "strong", name);
  const text = `${right}  ${run.run}`;
  const width = columns - widthOf(name) - 2;
  const told = fit(widthOf(text) <= width ? text : right, width);
  return width < 4
    ? fit(name, columns)
    : `${left}  ${run.stopping === undefined ? told : paint(style, "warn", told)}`;
}

/** Only of the running slot: nobody has seen yet how long later ones take. */
function slotEstimate(run: RunStory, nowMs: number): string | undefined {
  const slot = current(run);
  const open = slot?.jobs.filter((job) => job.verdict === undefined) ?? [];
  const estimates = open.map((job) => estimateMs(job, nowMs));
  if (estimates.length === 0 || estimates.includes(undefined)) return undefined;
  const about = aboutDuration(Math.max(...estimates.map((ms) => ms ?? 0)));
  return slot?.slot === run.slots.length ? `${about} left` : `${about} left in this slot`;
}

function current(run: RunStory): SlotStory | undefined {
  return run.slots.findLast((slot) => slot.startedMs !== undefined && slot.verdict === undefined);
}

function bodyLines(
  run: RunStory,
  slots: "each" | "summed",
  detail: JobDetail,
  columns: number,
  style: Style,
  nowMs: number,
): readonly string[] {
  const past = run.slots.filter((slot) => slot.verdict !== undefined);
  const now = current(run);
  const toCome = run.slots.filter((slot) => slot.startedMs === undefined);
  const line = (text: string): string => fit(text, columns);
  return [
    ...(slots === "each" ? past.map((slot) => pastLine(slot, columns, style)) : sumOf(past, line, style)),
    ...(now === undefined ? [] : [slotTitle(now, columns, style)]),
    ...(now?.jobs.flatMap((job) => jobLines(run.run, job, now.jobs, detail, { columns, style, nowMs })) ??
      []),
    ...(slots === "each"
      ? toCome.map((slot) => paint(style, "faint", line(toComeText(slot, style))))
      : summedToCome(toCome, line, style)),
  ];
}

/** Where a line a job does not fit: the jobs that run come first, of these who holds, then how many are left out. */
function scarceLines(
  run: RunStory,
  rows: number,
  columns: number,
  style: Style,
  nowMs: number,
): readonly string[] {
  const now = current(run);
  if (now === undefined || rows < 1) return [];
  const open = now.jobs
    .filter((job) => job.verdict === undefined)
    .sort((a, b) => Number(holds(b)) - Number(holds(a)));
  const ordered = [...open, ...now.jobs.filter((job) => job.verdict !== undefined)];
  const shown = ordered.slice(0, Math.max(1, rows - 1));
  const left = ordered.length - shown.length;
  return [
    ...shown.flatMap((job) => jobLines(run.run, job, now.jobs, "oneLine", { columns, style, nowMs })),
    ...(left > 0 ? [fit(`  … ${counted(left, "more job")}`, columns)] : []),
  ];
}

function slotWord(slot: SlotStory): string {
  const name = slot.name === undefined ? "" : ` (${safeLine(slot.name)})`;
  return `${slot.isFinally ? "finally, slot" : "slot"} ${slot.slot}${name}`;
}

function slotTitle(slot: SlotStory, columns: number, style: Style): string {
  return paint(style, "strong", fit(`${mark(style, "running")} ${slotWord(slot)}`, columns));
}

function pastLine(slot: SlotStory, columns: number, style: Style): string {
  const verdict = slot.verdict ?? "succeeded";
  const jobs = slot.jobs
    .map((job) => `${jobTitle(job)} ${job.counts.ok}/${job.hosts} ok${changedText(job)}`)
    .join(", ");
  const took = spokenDuration((slot.endedMs ?? 0) - (slot.startedMs ?? slot.endedMs ?? 0));
  const text = fit(`${slotWord(slot)} ${verdict} in ${took}: ${jobs}`, columns - 2);
  return `${paint(style, verdictInk(verdict), mark(style, verdict))} ${text}`;
}

function sumOf(past: readonly SlotStory[], line: (text: string) => string, style: Style): readonly string[] {
  if (past.length === 0) return [];
  const bad = past.filter((slot) => slot.verdict !== "succeeded").length;
  const text = bad === 0 ? "succeeded" : `ended, ${bad} of them not well`;
  return [line(`${mark(style, bad === 0 ? "succeeded" : "failed")} ${counted(past.length, "slot")} ${text}`)];
}

function toComeText(slot: SlotStory, style: Style): string {
  const jobs = slot.jobs.map((job) => `${job.name} (${counted(job.hosts, "host")})`).join(", ");
  return `${mark(style, "waiting")} ${slotWord(slot)}: ${jobs}`;
}

function summedToCome(
  slots: readonly SlotStory[],
  line: (text: string) => string,
  style: Style,
): readonly string[] {
  if (slots.length === 0) return [];
  const jobs = slots.flatMap((slot) => slot.jobs);
  const tasks = jobs.reduce((sum, job) => sum + job.hosts, 0);
  const text = `${counted(slots.length, "slot")} to come: ${counted(jobs.length, "job")}, ${counted(tasks, "task")}`;
  return [paint(style, "faint", line(`${mark(style, "waiting")} ${text}`))];
}
