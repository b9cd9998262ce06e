import { defined, OUTCOMES, type Outcome, type RunEvent } from "@roadrunner/core";
import { RunStory, type WaitKind } from "@roadrunner/engine/story";
import { spokenDuration } from "../text/durations.ts";
import { safeValue } from "../text/safe-events.ts";
import { clip } from "../text/safe-text.ts";

/** One run in the list. */
export interface RunRow {
  readonly run: string;
  /** The flow's name. */
  readonly name: string;
  /** A verdict; `running`: some rr-submit carries it now; `open`: it can be resumed. */
  readonly state: "succeeded" | "failed" | "cancelled" | "running" | "open" | "damaged";
  readonly started: string;
  readonly durationMs?: number;
  /** Final outcomes that there are. */
  readonly counts: Readonly<Partial<Record<Outcome, number>>>;
  readonly reason?: string;
  /** What its jobs wait for that is no host; absent: nothing. */
  readonly waits?: readonly WaitRow[];
  /** The key or certificate that vouches for it, where one does. */
  readonly signedBy?: string;
}

/** Times are ISO 8601. */
export interface WaitRow {
  readonly job: string;
  readonly for: WaitKind;
  readonly since: string;
  /** Of a bake. */
  readonly until?: string;
  /** Of a hold. */
  readonly reason?: string;
}

/** What the list says of a run, from its events; `carried`: somebody holds its lock. */
export function runRow(events: readonly RunEvent[], carried: boolean): RunRow {
  const story = RunStory.of(events, { details: false, outputs: "none" });
  const { run, name, startedMs, endedMs, verdict } = story;
  const counts: Partial<Record<Outcome, number>> = {};
  // What undoes a job counts for nothing.
  for (const job of story.jobs.filter(({ undoes }) => undoes === undefined))
    for (const outcome of OUTCOMES)
      if (job.counts[outcome] > 0) counts[outcome] = (counts[outcome] ?? 0) + job.counts[outcome];
  return {
    run,
    name,
    state: carried ? "running" : (verdict ?? "open"),
    started: new Date(startedMs).toISOString(),
    durationMs: endedMs - startedMs,
    counts,
    ...waitsOf(story),
    ...defined({ reason: story.reason ?? story.interrupted, signedBy: story.signedBy }),
  };
}

function waitsOf(story: RunStory): Pick<RunRow, "waits"> {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const waits = story.jobs.flatMap(({ name, watch }): WaitRow[] => {
    if (watch?.wait === undefined) return [];
    const { kind, sinceMs, untilMs, reason } = watch.wait;
    const until = untilMs === undefined ? undefined : iso(untilMs);
    return [{ job: name, for: kind, since: iso(sinceMs), ...defined({ until, reason }) }];
  });
  return waits.length === 0 ? {} : { waits };
}

export function runsTable(given: readonly RunRow[]): readonly string[] {
  const rows = safeValue(given);
  const nameWidth = rows.reduce((most, { name }) => Math.max(most, Math.min(30, name.length)), 4);
  const head = `${"run".padEnd(24)}  ${"flow".padEnd(nameWidth)}  ${"state".padEnd(9)}  ${"took".padEnd(12)}  hosts`;
  return [head, ...rows.map((row) => runLine(row, nameWidth))];
}

function runLine(row: RunRow, nameWidth: number): string {
  const name = clip(row.name, nameWidth).padEnd(nameWidth);
  const took = row.durationMs === undefined ? "" : spokenDuration(row.durationMs);
  const counts = Object.entries(row.counts).map(([outcome, count]) => `${count} ${outcome}`);
  const hosts = row.state === "damaged" ? (row.reason ?? "") : counts.join(", ");
  const told = [
    ...(hosts === "" ? [] : [hosts]),
    ...(row.waits ?? []).map(waitText),
    ...(row.signedBy === undefined ? [] : [`signed by ${row.signedBy}`]),
  ].join("; ");
  return `${row.run.padEnd(24)}  ${name}  ${row.state.padEnd(9)}  ${took.padEnd(12)}  ${told}`.trimEnd();
}

const MAX_REASON = 80;

/** `upgrade bakes`, `upgrade holds: gate latency failed: …`. */
function waitText({ job, for: kind, reason = "" }: WaitRow): string {
  switch (kind) {
    case "before":
      return `${job} asks its gates`;
    case "bake":
      return `${job} bakes`;
    case "hold":
      return `${job} holds: ${clip(reason, MAX_REASON)}`;
  }
}
