import { pressed, type Presses } from "./presses.ts";

export const STOPPING = "stopping: nothing new starts; what runs is finished";
export const KILLING = "killing what runs on its hosts";
export const TOO_SOON = "that was within a second of the last time, and does nothing";

const IS_KILLING = "what runs is being killed already; it ends when its hosts have answered";

/** What a stop comes to that somebody elsewhere asks for: as Ctrl-C, but never more than kill. */
export interface StopAsked {
  readonly presses: Presses;
  /** What is to be done; absent: nothing. */
  readonly how?: "drain" | "kill";
  /** The answer, for who asked. */
  readonly text: string;
}

/** @param nowMs of a clock that never goes back */
export function stopAsked(presses: Presses, nowMs: number): StopAsked {
  if (presses.count >= 2) return { presses, text: IS_KILLING };
  const press = pressed(presses, nowMs);
  if (press.kind !== "counted")
    return { presses, text: `${TOO_SOON}; stop it again to kill what runs on its hosts` };
  return press.presses.count === 1
    ? { presses: press.presses, how: "drain", text: `${STOPPING} (once more: kill what runs on its hosts)` }
    : { presses: press.presses, how: "kill", text: KILLING };
}

/** Kills at once, without a stop before it. */
export function killAsked(presses: Presses, nowMs: number): StopAsked {
  if (presses.count >= 2) return { presses, text: IS_KILLING };
  return { presses: { count: 2, lastMs: nowMs }, how: "kill", text: KILLING };
}
