import type { RunEvent } from "@roadrunner/core";
import { EVERYTHING } from "../outputs/group-lines.ts";
import { safeEvent } from "../text/safe-events.ts";
import { safeLine } from "../text/safe-text.ts";
import { Summary } from "../lines/summary.ts";

/** A run for somebody who was not there: who, what, when, then slot by slot, with all output gathered. */
export function reportText(events: Iterable<RunEvent>): readonly string[] {
  const summary = new Summary({ outputs: true, limits: EVERYTHING });
  const head: string[] = [];
  const notes: string[] = [];
  for (const raw of events) {
    const event = safeEvent(raw);
    summary.add(event);
    if (event.type === "run.started") {
      head.push(
        `run ${event.run} of flow ${safeLine(event.plan.name)}${event.file === undefined ? "" : ` (${safeLine(event.file)})`}`,
        `started ${event.time} by ${safeLine(event.who)} on ${safeLine(event.where)}, Roadrunner ${safeLine(event.version)}`,
      );
    } else if (event.type === "run.resumed") {
      notes.push(`resumed ${event.time} by ${safeLine(event.who)} on ${safeLine(event.where)}`);
    } else if (event.type === "run.stopping") {
      notes.push(`stopped ${event.time}: ${safeLine(event.reason)}`);
    } else if (event.type === "run.interrupted") {
      notes.push(`interrupted ${event.time}: ${safeLine(event.reason)}`);
    } else if (event.type === "warning") {
      notes.push(`warning: ${safeLine(event.text)}`);
    }
  }
  return [...head, ...notes, "", ...summary.lines()];
}
