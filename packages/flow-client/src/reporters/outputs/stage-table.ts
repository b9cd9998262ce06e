import { foldHosts } from "@roadrunner/core";
import { stageTimes, type JobStory, type StageTimes } from "@roadrunner/engine/story";
import { spokenDuration } from "../text/durations.ts";
import { clip, safeLine } from "../text/safe-text.ts";
import { tableText } from "../text/table.ts";
import { outcomeWord } from "../text/task-line.ts";

const MAX_WIDTH = 200;

/** How long each stage of a job that some host came to took, and where it went wrong, as a table. */
export function stageTable(job: Pick<JobStory, "stages">): readonly string[] {
  const times = stageTimes(job).filter(({ ok, notOk }) => ok > 0 || notOk.length > 0);
  if (times.length === 0) return [];
  const rows = times.map((one) => [one.stage, one.ok, ...tookCells(one), notOkText(one)]);
  return tableText(["stage", "ok", "median", "slowest", "not ok"], rows).map((line) => clip(line, MAX_WIDTH));
}

function tookCells({ medianMs, slowest }: StageTimes): readonly string[] {
  if (medianMs === undefined || slowest === undefined) return ["", ""];
  return [spokenDuration(medianMs), `${spokenDuration(slowest.ms)} ${safeLine(slowest.host)}`];
}

/** `median 0.3 s, slowest 2.0 s on fe7`; empty where it never ended ok. */
export function tookText({ medianMs, slowest }: StageTimes): string {
  if (medianMs === undefined || slowest === undefined) return "";
  return `median ${spokenDuration(medianMs)}, slowest ${spokenDuration(slowest.ms)} on ${safeLine(slowest.host)}`;
}

/** `failed fe[3,7], timed out fe9, not started fe8`. */
export function notOkText({ notOk }: StageTimes): string {
  return notOk
    .map(({ outcome, hosts }) => {
      const word = outcome === "skipped" ? "not started" : outcomeWord(outcome);
      return `${word} ${foldHosts([...hosts])}`;
    })
    .join(", ");
}
