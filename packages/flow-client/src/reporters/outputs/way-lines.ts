import { stageText } from "@roadrunner/core";
import { reasonBeside, type TaskStory } from "@roadrunner/engine/story";
import { spokenDuration } from "../text/durations.ts";
import { safeLine } from "../text/safe-text.ts";
import { outcomeWord } from "../text/task-line.ts";

/** The way of one host, a line for each attempt of each stage: `drain at lb1 ok (0.4 s)`; none where the job has no stages. */
export function wayLines({ stages = [] }: Pick<TaskStory, "stages">): readonly string[] {
  return stages.map(({ stage, at, attempt, outcome, reason, changed, durationMs }) => {
    const as = changed === false ? ", not changed" : "";
    const why =
      reason === undefined ? "" : `: ${safeLine(at === undefined ? reason : reasonBeside(at, reason))}`;
    const again = attempt > 1 ? ` (attempt ${attempt})` : "";
    const took = durationMs === undefined ? "" : ` (${spokenDuration(durationMs)})`;
    return `${safeLine(stageText({ stage, at }))} ${outcomeWord(outcome)}${as}${again}${why}${took}`;
  });
}
