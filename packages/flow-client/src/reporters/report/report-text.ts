import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import { summaryLines } from "../lines/summary.ts";
import { EVERYTHING } from "../outputs/group-lines.ts";
import { safeEvents } from "../text/safe-events.ts";
import { safeLine } from "../text/safe-text.ts";

/** A run for somebody who was not there: who, what, when, then slot by slot, with all output gathered. */
export function reportText(events: readonly RunEvent[]): readonly string[] {
  const story = RunStory.of(safeEvents(events));
  const { run, name, file, startedMs, who, where, version } = story;
  return [
    `run ${run} of flow ${safeLine(name)}${file === undefined ? "" : ` (${safeLine(file)})`}`,
    `started ${new Date(startedMs).toISOString()} by ${safeLine(who)} on ${safeLine(where)}, Roadrunner ${safeLine(version)}`,
    ...story.notes.map(noteLine),
    "",
    ...summaryLines(story, EVERYTHING),
  ];
}

function noteLine(note: RunStory["notes"][number]): string {
  switch (note.type) {
    case "run.resumed":
      return `resumed ${note.time} by ${safeLine(note.who)} on ${safeLine(note.where)}`;
    case "run.stopping":
      return `stopped ${note.time}: ${safeLine(note.reason)}`;
    case "run.interrupted":
      return `interrupted ${note.time}: ${safeLine(note.reason)}`;
    case "warning":
      return `warning: ${safeLine(note.text)}`;
  }
}
