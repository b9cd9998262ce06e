import { announce, type Turn } from "../state/state.ts";
import { worstOf } from "./verdicts.ts";

/** The verdict of the run: of all its slots, and `cancelled` at best once a stop was requested. */
export function endRun(turn: Turn): void {
  const { run } = turn;
  const { slots, finally: last } = run.phases;
  const verdict = worstOf([
    ...slots.verdicts,
    ...last.verdicts,
    ...(run.stop === undefined ? [] : (["cancelled"] as const)),
  ]);
  const stopped = run.stop === undefined ? [] : [`stopped: ${run.stop.reason}`];
  const first = slots.verdicts.includes("failed") ? slots.reasons : stopped;
  const second = first === stopped ? slots.reasons : stopped;
  const reason = [...first, ...second, ...last.reasons].join("; ");
  run.mode = "ended";
  const ended = { verdict, counts: { ...run.counts }, ...(reason === "" ? {} : { reason }) };
  announce(turn, { type: "runEnded", ...ended });
}
