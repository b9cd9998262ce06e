import { formatMs, type RunEvent } from "@roadrunner/core";
import type { JobStory, RunStory, WaitStory } from "@roadrunner/engine/story";
import { spokenDuration } from "../text/durations.ts";
import { safeLine } from "../text/safe-text.ts";
import { counted } from "../text/words.ts";
import { ageText, answerText, goOnTexts, saidText, toldText, waitText } from "./gate-words.ts";
import { jobTitle } from "./job-title.ts";

type OfWaits = Extract<RunEvent, { type: "job.baking" | "job.held" | "job.confirmed" | "gate.answered" }>;

/** What is told of a job's gates, bakes and holds, a line each. The story has taken the event in. */
export function waitEventLines(event: OfWaits, story: RunStory): readonly string[] {
  const job = story.jobOf(event);
  if (job === undefined) return [];
  switch (event.type) {
    case "gate.answered":
      return [`${event.job}: gate ${event.gate}: ${event.answer}: ${toldText(event.text)}`];
    case "job.baking":
      return [`${event.job}: ${bakeText(event.bakeMs)} before ${nextText(job)}`];
    case "job.held":
      return [
        `${event.job} holds: ${toldText(event.reason)}`,
        ...goOnTexts(story.run, job, jobsBeside(job, story)).map((text) => `  ${text}`),
      ];
    case "job.confirmed": {
      const last = job.watch?.past.findLast(({ kind }) => kind === "hold");
      const after =
        last?.endedMs === undefined ? "" : ` after ${spokenDuration(last.endedMs - last.sinceMs)}`;
      return [`${event.job}: ${answerText(event)}, ${event.goOn ? "goes on" : "fails"}${after}`];
    }
  }
}

function bakeText(bakeMs: number): string {
  return bakeMs === 0 ? "its gates are asked anew" : `bakes for ${formatMs(bakeMs)}, its gates are watched,`;
}

function nextText(job: JobStory): string {
  return job.step < job.steps ? `step ${job.step + 1}` : "it ends";
}

/** A bake that led to what comes next. */
export function bakedLine({ name, watch }: JobStory, { sinceMs, endedMs = sinceMs }: WaitStory): string {
  const gates = Array.from(watch?.gates.values() ?? [], (gate) => saidText(gate)).join(", ");
  return `${name}: bake over after ${spokenDuration(endedMs - sinceMs)}: ${gates}`;
}

/** What a job waits for, for a log in which nothing else happens; undefined: for hosts. */
export function waitingLine(job: JobStory, story: RunStory, nowMs: number): string | undefined {
  const { watch } = job;
  const text = waitText(job, nowMs);
  if (watch?.wait === undefined || text === undefined) return undefined;
  if (watch.wait.kind === "hold")
    return `${job.name} ${text}; ${goOnTexts(story.run, job, jobsBeside(job, story))[0] ?? ""}`;
  const gates = Array.from(watch.gates.values(), (gate) => {
    const last = gate.last.at(-1);
    return `${saidText(gate)}${last === undefined ? " not asked yet" : ` (${last.kind} ${ageText(nowMs - last.atMs)} ago)`}`;
  });
  return `${job.name}: ${[text, ...gates].join("; ")}`;
}

/** `undo of upgrade on 6 hosts, latest first`. */
export function undoBeginsText(job: Pick<JobStory, "name" | "undoes">, hosts: number): string {
  return `${jobTitle(job)} on ${counted(hosts, "host")}, latest first`;
}

function jobsBeside({ slot }: JobStory, { slots }: RunStory): readonly JobStory[] {
  return slots[slot - 1]?.jobs ?? [];
}

/** Behind the verdict of a job that has ended: why, or how many hosts are undone. */
export function whyText(job: JobStory | undefined, reason: string | undefined): string {
  if (reason !== undefined) return `: ${safeLine(reason)}`;
  return job?.undoes === undefined ? "" : `: ${counted(job.counts.ok, "host")} undone`;
}
