import type { Mark } from "../program/marks.ts";
import type { KillEnd } from "./kill-on-host.ts";
import type { StopCause } from "./stop-cause.ts";

/** That the worker killed the command, why, and what came of it. */
export interface StopTold {
  readonly cause: StopCause;
  readonly kill?: KillEnd;
}

/** Process ids for people, the first ones: a negative number is a process group, of which /proc does not show who. */
export function pidText(pids: readonly number[]): string {
  const texts = pids.slice(0, 20).map((pid) => (pid < 0 ? `somebody in process group ${-pid}` : `${pid}`));
  const more = pids.length - texts.length;
  return texts.join(" ") + (more > 0 ? ` and ${more} more` : "");
}

/** What the program itself, or who killed it, could not end. */
export function leftPids(marks: readonly Mark[], stop: StopTold | undefined): number[] {
  const told = marks.filter(({ word }) => word === "left").flatMap(({ args }) => args.map(Number));
  return stop?.kill?.kind === "left" ? [...new Set([...told, ...stop.kill.pids])] : told;
}
