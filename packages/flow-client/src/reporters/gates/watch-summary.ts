import { defined } from "@roadrunner/core";
import type { JobStory, RunStory, WaitStory, WatchStory } from "@roadrunner/engine/story";
import { spokenDuration } from "../text/durations.ts";
import { clip, safeLine } from "../text/safe-text.ts";
import { counted } from "../text/words.ts";
import { undoText } from "./undo-text.ts";
import {
  answerLine,
  answerText,
  countsText,
  momentText,
  questionText,
  toldText,
  waitName,
} from "./gate-words.ts";

type OfRun = Pick<RunStory, "run" | "interrupted" | "endedMs">;

/** What is told of a job beside its hosts: gates, waits, and what was undone. */
export function besideHosts(job: JobStory, story: OfRun, answers = false): readonly string[] {
  const undone = undoText(job, answers);
  return [...watchSummary(job, story, answers), ...(undone === undefined ? [] : [undone])];
}

/** What the gates of a job said, and how long it waited for them and for people. With `answers` each of those that are kept. */
export function watchSummary(job: JobStory, story: OfRun, answers = false): readonly string[] {
  if (job.watch === undefined) return [];
  return [...gateTexts(job.watch, answers), ...waitLines(job, story, answers)];
}

/** How long it waited for gates and for people; with `each` also each wait that is kept. */
export function waitLines({ watch, verdict }: JobStory, story: OfRun, each = true): readonly string[] {
  if (watch === undefined) return [];
  return [
    ...sumTexts(watch),
    ...(each ? waitTexts(watch) : []),
    ...(verdict === undefined ? holdTexts(watch, story) : []),
  ];
}

function gateTexts({ gates }: WatchStory, answers: boolean): readonly string[] {
  return [...gates.values()].flatMap((gate) => {
    const last = gate.last.at(-1);
    const said = last === undefined ? "" : `; last ${last.kind}: ${toldText(last.text)}`;
    const name = `gate ${safeLine(gate.name)}`;
    if (!answers) return last === undefined ? [] : [`${name}: ${countsText(gate)}${said}`];
    return [
      clip(`${name}: ${safeLine(questionText(gate.plan))}`, MAX_WIDTH),
      `  ${countsText(gate)}${gate.last.length === 0 ? "" : ", at last:"}`,
      ...gate.last.map((answer) => `  ${answerLine(answer)}`),
    ];
  });
}

const MAX_WIDTH = 1000;

/** `waited 10.0 s before its first host, 11 min 00 s in 3 bakes, 4 min 05 s in 1 hold`. */
function sumTexts({ sums: { before, bake, hold } }: WatchStory): readonly string[] {
  const told = [
    ...(before.times === 0 ? [] : [`${spokenDuration(before.ms)} before its first host`]),
    ...(bake.times === 0 ? [] : [`${spokenDuration(bake.ms)} in ${counted(bake.times, "bake")}`]),
    ...(hold.times === 0 ? [] : [`${spokenDuration(hold.ms)} in ${counted(hold.times, "hold")}`]),
  ];
  return told.length === 0 ? [] : [`waited ${told.join(", ")}`];
}

/** Each wait that is kept, with what led to a hold. */
function waitTexts({ past, sums }: WatchStory): readonly string[] {
  const left = sums.before.times + sums.bake.times + sums.hold.times - past.length;
  return [...(left > 0 ? [`… ${counted(left, "wait")} before these`] : []), ...past.flatMap(pastTexts)];
}

function pastTexts(wait: WaitStory): readonly string[] {
  const { sinceMs, endedMs = sinceMs, reason, goOn, by, evidence = [] } = wait;
  const why = reason === undefined ? "" : `: ${toldText(reason)}`;
  const said = goOn === undefined ? "" : `; ${answerText({ goOn, ...defined({ by }) })}`;
  const when = `${momentText(sinceMs)} to ${momentText(endedMs)} (${spokenDuration(endedMs - sinceMs)})`;
  return [`${waitName(wait)} ${when}${why}${said}`, ...evidenceTexts(evidence)];
}

function evidenceTexts(evidence: NonNullable<WaitStory["evidence"]>): readonly string[] {
  return evidence.flatMap(({ gate, answers }) =>
    answers.map((answer) => `  gate ${safeLine(gate)} ${answerLine(answer)}`),
  );
}

function holdTexts({ wait }: WatchStory, { run, interrupted, endedMs }: OfRun): readonly string[] {
  if (wait?.kind !== "hold") return [];
  const type = interrupted === undefined ? `rr-submit confirm ${run}` : `rr-submit resume ${run} --confirm`;
  const heldMs = endedMs - wait.sinceMs;
  const since = heldMs < 1000 ? "" : ` for ${spokenDuration(heldMs)}`;
  return [
    `holds${since}: ${toldText(wait.reason ?? "")}; go on: ${type}`,
    ...evidenceTexts(wait.evidence ?? []),
  ];
}
