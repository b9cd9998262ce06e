import type { RunEvent } from "@roadrunner/core";
import { spokenDuration } from "./durations.ts";
import { keptStream, reasonBeside } from "@roadrunner/engine/story";
import { bothEnds, outputLines } from "./output-lines.ts";
import { clip, safeText } from "./safe-text.ts";

type TaskEnded = Extract<RunEvent, { type: "task.ended" }>;

const MAX_DETAIL_LINES = 5;
const MAX_DETAIL_WIDTH = 200;

/** Outcomes in the words that a reader of a log searches for. */
export function outcomeWord(outcome: TaskEnded["outcome"]): string {
  return outcome === "timedOut" ? "timed out" : outcome;
}

/** `upgrade`, and of a stage `upgrade drain`. */
export function actOf({ job, stage }: { readonly job: string; readonly stage?: string }): string {
  return stage === undefined ? job : `${job} ${stage}`;
}

/** Where a task runs: of a stage it may be another host than that whose way it is. */
export function placeOf({ host, stage, at }: Place): string {
  return stage === undefined ? host : (at ?? host);
}

/** `fe7`, and of a stage that runs at another host `fe7 at lb1`. */
export function hostText(event: Place): string {
  const place = placeOf(event);
  return place === event.host ? place : `${event.host} at ${place}`;
}

type Place = Pick<TaskEnded, "host" | "stage" | "at">;

/** `pkg1 db3 failed: exit code 1 (0.4 s)`. */
export function endLine(event: TaskEnded): string {
  const reason =
    event.reason === undefined
      ? ""
      : `: ${safeText(reasonBeside(placeOf(event), event.reason)).replaceAll("\n", " ")}`;
  const took = event.durationMs === undefined ? "" : ` (${spokenDuration(event.durationMs)})`;
  const attempt = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
  const as = event.changed === false ? ", not changed" : "";
  const stage = event.stage === undefined ? "" : ` ${event.stage}`;
  return `${event.job}${stage} ${hostText(event)} ${outcomeWord(event.outcome)}${as}${attempt}${reason}${took}`;
}

/** The first and last lines of what went wrong: of stderr, or of stdout where stderr is empty. */
export function errorLines(event: TaskEnded): readonly string[] {
  const streams = (["stderr", "stdout"] as const).map((stream) =>
    outputLines(keptStream(event, stream)).filter(({ text }) => text.trim() !== ""),
  );
  const lines = streams.find((stream) => stream.length > 0) ?? [];
  return bothEnds(lines, MAX_DETAIL_LINES).map(({ text }) => clip(text.trimEnd(), MAX_DETAIL_WIDTH));
}
