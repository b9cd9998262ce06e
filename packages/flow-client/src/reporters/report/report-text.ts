import type { RunEvent } from "@roadrunner/core";
import { RunStory } from "@roadrunner/engine/story";
import { summaryLines } from "../lines/summary.ts";
import { EVERYTHING } from "../outputs/group-lines.ts";
import { safeEvents } from "../text/safe-events.ts";
import { clip, safeLine } from "../text/safe-text.ts";

/** Of a run that a coordinator has: who handed it over, as his login proved. */
export interface Whose {
  readonly principal?: string | undefined;
}

/**
 * A run for somebody who was not there: who, what, when, then slot by slot, with all output gathered; of a host that went a
 * way that of the stage that counts, or with `stages` of each of them.
 */
export function reportText(
  events: readonly RunEvent[],
  { stages = false, principal }: { readonly stages?: boolean } & Whose = {},
): readonly string[] {
  const story = RunStory.of(safeEvents(events));
  const { run, name, file, startedMs, who, where, version } = story;
  return [
    `run ${run} of flow ${safeLine(name)}${file === undefined ? "" : ` (${safeLine(file)})`}`,
    `started ${new Date(startedMs).toISOString()} by ${safeLine(who)} on ${safeLine(where)}, Roadrunner ${safeLine(version)}${signed(story)}`,
    ...(principal === undefined ? [] : [`handed over by ${safeLine(principal)}`]),
    ...paramLines(story),
    ...story.notes.map(noteLine),
    "",
    ...summaryLines(story, { ...EVERYTHING, stages, answers: true }),
  ];
}

const MAX_WIDTH = 1000;

function paramLines({ params, secretParams }: RunStory): readonly string[] {
  const values = Object.entries(params).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const all = [...values, ...secretParams.map((name) => `${name} (a secret)`)];
  return all.length === 0 ? [] : [clip(safeLine(`with ${all.join(", ")}`), MAX_WIDTH)];
}

function signed({ signedBy }: { readonly signedBy?: string | undefined }): string {
  return signedBy === undefined ? "" : `, signed by ${safeLine(signedBy)}`;
}

function noteLine(note: RunStory["notes"][number]): string {
  switch (note.type) {
    case "run.resumed":
      return `resumed ${note.time} by ${safeLine(note.who)} on ${safeLine(note.where)}${signed(note)}`;
    case "run.stopping":
      return `stopped ${note.time}: ${safeLine(note.reason)}`;
    case "run.interrupted":
      return `interrupted ${note.time}: ${safeLine(note.reason)}`;
    case "warning":
      return `warning: ${safeLine(note.text)}`;
  }
}
