import type { RunEvent } from "@roadrunner/core";
import { spokenDuration } from "./durations.ts";
import { stderrOf, stdoutOf } from "@roadrunner/engine/story";
import { clip, safeText } from "./safe-text.ts";
import { counted } from "./words.ts";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

const MAX_DETAIL_LINES = 3;
const MAX_DETAIL_WIDTH = 200;

/** Outcomes in the words that a reader of a log searches for. */
export function outcomeWord(outcome: TaskEnded["outcome"]): string {
  return outcome === "timedOut" ? "timed out" : outcome;
}

/** `pkg1 db3 failed: exit code 1 (0.4 s)`. */
export function endLine(event: TaskEnded): string {
  const reason = event.reason === undefined ? "" : `: ${safeText(event.reason).replaceAll("\n", " ")}`;
  const took = event.durationMs === undefined ? "" : ` (${spokenDuration(event.durationMs)})`;
  const attempt = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
  return `${event.job} ${event.host} ${outcomeWord(event.outcome)}${attempt}${reason}${took}`;
}

/** The first lines of what went wrong: of stderr, or of stdout where stderr is empty. */
export function errorLines(event: TaskEnded): readonly string[] {
  const lines = safeText(stderrOf(event) || stdoutOf(event))
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  const shown = lines.slice(0, MAX_DETAIL_LINES).map((line) => clip(line, MAX_DETAIL_WIDTH));
  return lines.length > MAX_DETAIL_LINES
    ? [...shown, `… ${counted(lines.length - MAX_DETAIL_LINES, "more line")}`]
    : shown;
}
