import type { Outcome, RunEvent } from "@roadrunner/core";
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
}

/** What the list says of a run, from its events; `carried`: somebody holds its lock. */
export function runRow(events: readonly RunEvent[], carried: boolean): RunRow {
  const [started] = events;
  const last = events.at(-1);
  const counts: Partial<Record<Outcome, number>> = {};
  let ended: Extract<RunEvent, { type: "run.ended" }> | undefined;
  for (const event of events) {
    if (event.type === "run.ended") ended = event;
    if (event.type === "run.resumed") ended = undefined;
    if (event.type === "task.ended" && event.final) counts[event.outcome] = (counts[event.outcome] ?? 0) + 1;
  }
  const state = carried ? "running" : (ended?.verdict ?? "open");
  const reason = ended?.reason ?? (last?.type === "run.interrupted" ? last.reason : undefined);
  return {
    run: started?.run ?? "",
    name: started?.type === "run.started" ? started.plan.name : "",
    state,
    started: started?.time ?? "",
    durationMs: Date.parse(last?.time ?? "") - Date.parse(started?.time ?? ""),
    counts,
    ...(reason === undefined ? {} : { reason }),
  };
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
  return `${row.run.padEnd(24)}  ${name}  ${row.state.padEnd(9)}  ${took.padEnd(12)}  ${hosts}`.trimEnd();
}
