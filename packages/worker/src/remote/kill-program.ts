import { GONE_FUNCTION, KILL_FUNCTION, scanFunction } from "./kill-text.ts";
import type { RemoteProcess } from "./marks.ts";
import { centiseconds } from "./limit-text.ts";
import { execString, helloText, ownSessionText, type ProgramPlace, type RemoteProgram } from "./program.ts";
import type { RemoteTask } from "./remote-task.ts";
import { PROCESS_FUNCTION, sayFunctions, startText, UPTIME_FUNCTION } from "./shell-text.ts";

/** Of a task, what its killer needs: the same user has to do it. */
export type KillTask = Pick<RemoteTask, "become" | "killGraceMs">;

/**
 * Ends what a program started, from a channel of its own, and says `killed`, `gone` (nothing of it ran any
 * more) or `left PID …` (still there after ten times KILL: processes of another user).
 */
export function killProgram(
  task: KillTask,
  process: RemoteProcess,
  nonce: string,
  place: ProgramPlace,
): RemoteProgram {
  const body = [
    sayFunctions(nonce),
    UPTIME_FUNCTION,
    PROCESS_FUNCTION,
    scanFunction(!process.ownsSession),
    KILL_FUNCTION,
    GONE_FUNCTION,
    `rr_w(){ ${startText(nonce, ownSessionText(task.become, place))}`,
    `[ "$rrB" = ${process.bootId} ]||rr_no gone\n`,
    `rrW=${process.pid} rrT=${process.startTicks} rrS=${process.session} rrO=${process.ownsSession ? 1 : 0} rrH=' '\n`,
    `rr_gone&&rr_no gone\nrr_kill ${centiseconds(task.killGraceMs)}\n`,
    `[ -z "$rrP" ]||rr_no left $rrP\nrr_no killed;}\nrr_w\n`,
  ];
  return { exec: execString(task.become, place), hello: helloText(nonce), body: body.join("") };
}
