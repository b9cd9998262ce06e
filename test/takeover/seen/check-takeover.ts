import type { RunEvent } from "@roadrunner/core";
import { checkRun, type Checked } from "../../faults/check-run.ts";
import { WRONG_OUTPUT } from "../../faults/fault-flow.ts";
import type { HostLine } from "../../faults/host-log.ts";

export interface NumberedEvent {
  readonly number: number;
  readonly event: RunEvent;
}

export interface TakenOverRun {
  /** As a coordinator gives them. */
  readonly events: readonly NumberedEvent[];
  /** By host: what it wrote itself. */
  readonly logs: ReadonlyMap<string, readonly HostLine[]>;
}

/** Holds a run that coordinators have carried, one after another, to what its hosts wrote. Pure. */
export function checkTakeover({ events: numbered, logs }: TakenOverRun): Checked {
  const events = numbered.map(({ event }) => event);
  const checked = checkRun({ events, logs, heard: new Map() });
  return {
    ...checked,
    problems: [...gaps(numbered), ...ends(events), ...wrongOutputs(logs), ...checked.problems],
  };
}

/** By the exit codes of those who looked at it. */
function wrongOutputs(logs: TakenOverRun["logs"]): string[] {
  return [...logs].flatMap(([host, lines]) =>
    lines.flatMap((line) =>
      line.kind === "end" && line.code === WRONG_OUTPUT
        ? [`output: attempt ${line.attempt} of ${line.job} was given another one on ${host}`]
        : [],
    ),
  );
}

function gaps(events: readonly NumberedEvent[]): string[] {
  return events.flatMap(({ number }, index) =>
    number === (events[index - 1]?.number ?? 0) + 1
      ? []
      : [`numbers: ${number} follows ${events[index - 1]?.number ?? 0}`],
  );
}

/** It begins once and ends once, and nothing happens afterwards. */
function ends(events: readonly RunEvent[]): string[] {
  const count = (type: RunEvent["type"]): number => events.filter((event) => event.type === type).length;
  const [started, ended] = [count("run.started"), count("run.ended")];
  const last = events.at(-1)?.type;
  return [
    ...(started === 1 ? [] : [`end: ${started} run.started`]),
    ...(ended === 1 ? [] : [`end: ${ended} run.ended`]),
    ...(last === "run.ended" ? [] : [`end: the last event is ${last}`]),
  ];
}
