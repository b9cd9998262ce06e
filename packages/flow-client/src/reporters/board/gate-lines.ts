import type { GateStanding, JobStanding } from "@roadrunner/engine/story";
import { answerInk, goOnTexts, holds, saidText, waitText, whenText } from "../gates/gate-words.ts";
import { paint, type Style } from "../text/style.ts";
import { fit, widthOf } from "../text/width.ts";

/** More gates than this are counted, those first that are not well. */
const MOST_GATES = 6;

/** What the lines of a board are drawn with. */
export interface Canvas {
  readonly columns: number;
  readonly style: Style;
  readonly nowMs: number;
}

/** Of a job that holds why, and what to type. */
export function holdLines(
  job: JobStanding,
  ofSlot: readonly JobStanding[],
  run: string,
  { columns, style, nowMs }: Canvas,
): readonly string[] {
  if (!holds(job)) return [];
  const commands = goOnTexts(run, job, ofSlot);
  const both = commands.join("; ");
  const typed = widthOf(both) <= columns ? [both] : commands;
  return [waitText(job, nowMs) ?? "", ...typed].map((text) => paint(style, "warn", fit(text, columns)));
}

/** What each gate of a job that goes on said last. */
export function gateLines(
  { watch, verdict, startedMs }: JobStanding,
  { columns, style, nowMs }: Canvas,
): readonly string[] {
  if (watch === undefined || verdict !== undefined || startedMs === undefined) return [];
  const gates = [...watch.gates.values()].sort((a, b) => rank(a) - rank(b));
  const shown = gates.length > MOST_GATES ? gates.slice(0, MOST_GATES - 1) : gates;
  const rest = gates.length - shown.length;
  return [
    ...shown.map((gate) => gateLine(gate, watch.isBefore, { columns, style, nowMs })),
    ...(rest > 0 ? [paint(style, "faint", fit(`… ${rest} more gates`, columns))] : []),
  ];
}

/** `gate latency 212, at most 300 · pass 12 s ago`: of a long text the end is cut, and never what it means. */
function gateLine(gate: GateStanding, isBefore: boolean, { columns, style, nowMs }: Canvas): string {
  const dot = style.unicode ? " · " : " - ";
  const when = fit(whenText(gate, isBefore, nowMs), columns);
  const said = fit(saidText(gate), columns - widthOf(when) - dot.length);
  const kind = gate.last.at(-1)?.kind;
  if (said === "") return paint(style, answerInk(kind), when);
  return `${paint(style, "faint", said + dot)}${paint(style, answerInk(kind), when)}`;
}

/** Those first that are not well; the order of the flow is kept among them. */
function rank({ last }: GateStanding): number {
  const kind = last.at(-1)?.kind;
  return kind === "fail" ? 0 : kind === "inconclusive" ? 1 : 2;
}
