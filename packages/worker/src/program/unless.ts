import { UNLESS_TIMEOUT_MS } from "@roadrunner/core";
import type { Mark } from "./marks.ts";
import type { RemoteTask } from "./remote-task.ts";

/** The question before the command, as the host's program asks it: host-program/command/unless.sh. */

/** How long it may take; undefined: there is none. */
export function unlessLimitMs({
  unless,
  timeoutMs,
}: Pick<RemoteTask, "unless" | "timeoutMs">): number | undefined {
  return unless === undefined ? undefined : (timeoutMs ?? UNLESS_TIMEOUT_MS);
}

/** What `asked CODE CAUSE` says. */
export type Asked =
  | { readonly kind: "needed" }
  /** It is as the command would make it. */
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly exitCode: number; readonly cause?: "timedOut" | "left" };

/** Nothing where it was not asked, or has not answered. */
export function readAsked(marks: readonly Mark[]): Asked | undefined {
  const mark = marks.find(({ word }) => word === "asked");
  return mark === undefined ? undefined : askedOf(mark);
}

export function askedOf({ args: [code, cause] }: Mark): Asked {
  const exitCode = Number(code);
  if (cause === "timedOut" || cause === "left") return { kind: "failed", exitCode, cause };
  if (exitCode === 0) return { kind: "done" };
  return exitCode <= LAST_ANSWER ? { kind: "needed" } : { kind: "failed", exitCode };
}

/** From 126 on an exit code is the shell's word that nothing answered. */
const LAST_ANSWER = 125;
