import type { RunRow } from "@roadrunner/engine/api";
import { spokenDuration } from "../text/durations.ts";
import { safeValue } from "../text/safe-events.ts";
import { clip } from "../text/safe-text.ts";

type WaitRow = NonNullable<RunRow["waits"]>[number];

/** A row, and the coordinator that has the run; absent: this box. */
type Row = RunRow & { readonly coordinator?: string };

const COORDINATOR = "coordinator";

export function runsTable(given: readonly Row[]): readonly string[] {
  const rows = safeValue(given);
  const isBoth = rows.some(({ coordinator }) => coordinator !== undefined);
  const where = (word: string): string => (isBoth ? `  ${word.padEnd(COORDINATOR.length)}` : "");
  const nameWidth = rows.reduce((most, { name }) => Math.max(most, Math.min(30, name.length)), 4);
  const head = `${"run".padEnd(24)}  ${"flow".padEnd(nameWidth)}  ${"state".padEnd(9)}${where("where")}  ${"took".padEnd(12)}  hosts`;
  const isAt = ({ coordinator }: Row): string => where(coordinator === undefined ? "here" : COORDINATOR);
  return [head, ...rows.map((row) => runLine(row, nameWidth, isAt(row)))];
}

function runLine(row: RunRow, nameWidth: number, where: string): string {
  const name = clip(row.name, nameWidth).padEnd(nameWidth);
  const took = row.durationMs === undefined ? "" : spokenDuration(row.durationMs);
  const counts = Object.entries(row.counts).map(([outcome, count]) => `${count} ${outcome}`);
  const hosts = row.state === "damaged" ? (row.reason ?? "") : counts.join(", ");
  const told = [
    ...(hosts === "" ? [] : [hosts]),
    ...(row.waits ?? []).map(waitText),
    ...(row.state === "running" && row.reason !== undefined ? [row.reason] : []),
    ...(row.principal === undefined ? [] : [`handed over by ${row.principal}`]),
    ...(row.signedBy === undefined ? [] : [`signed by ${row.signedBy}`]),
  ].join("; ");
  return `${row.run.padEnd(24)}  ${name}  ${row.state.padEnd(9)}${where}  ${took.padEnd(12)}  ${told}`.trimEnd();
}

const MAX_REASON = 80;

/** `upgrade bakes`, `upgrade holds: gate latency failed: …`. */
function waitText({ job = "", slot = 0, for: kind, reason = "" }: WaitRow): string {
  switch (kind) {
    case "confirm":
      return `slot ${slot} waits for a yes: ${clip(reason, MAX_REASON)}`;
    case "before":
      return `${job} asks its gates`;
    case "bake":
      return `${job} bakes`;
    case "hold":
      return `${job} holds: ${clip(reason, MAX_REASON)}`;
  }
}
