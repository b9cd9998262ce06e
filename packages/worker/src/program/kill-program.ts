import { HOLD_FUNCTION, KILL_FUNCTION } from "./kill-text.ts";
import { centiseconds } from "./limit-text.ts";
import { settledText, stateFunctions } from "./look-text.ts";
import type { RemoteProcess } from "./marks.ts";
import { entryOf, ownSessionText, type ProgramPlace } from "./place.ts";
import type { RemoteProgram } from "./program.ts";
import { directoryText, HOSTNAME_TEXT, MAKE_FUNCTION, pathFunction } from "./record-text.ts";
import type { RemoteTask } from "./remote-task.ts";
import { sayFunctions, startText } from "./shell-text.ts";

/** Of a task, what names its record and reaches its processes: the same user has to do it. */
export type RecordedTask = Pick<
  RemoteTask,
  | "become"
  | "sudoPassword"
  | "killGraceMs"
  | "connectTimeoutMs"
  | "delivery"
  | "recordKey"
  | "recordDir"
  | "attempt"
>;

export interface KillOrder {
  readonly cause: "cancelled" | "timedOut";
  /** Where it is known: with it no record is needed. */
  readonly process?: RemoteProcess;
  /** A record of anything else is left alone; absent: it is known to be of this task. */
  readonly digest?: string;
}

/**
 * Ends what a program started, from a channel of its own. Says `killed`, `recorded CODE CAUSE BOOT`, `gone`,
 * `unknown …`, `left PID …` (still there after ten times KILL: processes of another user) or, having made
 * sure that it never starts, `withdrawn`.
 */
export function killProgram(
  task: RecordedTask,
  order: KillOrder,
  nonce: string,
  place: ProgramPlace,
): RemoteProgram {
  const recorded = task.delivery === "once";
  const steps = recorded ? recordedSteps(task, order) : processSteps(order.process);
  return program(task, nonce, place, !(order.process?.ownsSession ?? true), [
    ...steps,
    killText(task),
    recorded ? endText(order.cause) : "",
    "rr_no killed",
  ]);
}

/** Makes sure that an attempt never starts, or says what became of it: `withdrawn`, `recorded …`, `wait …`. */
export function withdrawProgram(
  task: RecordedTask,
  digest: string,
  nonce: string,
  place: ProgramPlace,
): RemoteProgram {
  return program(task, nonce, place, false, [
    recordTexts(task),
    `rr_make "$rrF" withdrawn&&rr_no withdrawn\nrr_state "$rrF" ${digest}\n`,
    `case $rrR in wait)rr_up;rr_no wait $((rrU-rrT)) $rrW $rrT $rrS 1 $rrB;;esac\nrr_no $rrR`,
  ]);
}

function program(
  task: RecordedTask,
  nonce: string,
  place: ProgramPlace,
  mayShareSession: boolean,
  steps: readonly string[],
): RemoteProgram {
  const body =
    sayFunctions(nonce) +
    stateFunctions(mayShareSession) +
    HOLD_FUNCTION +
    KILL_FUNCTION +
    MAKE_FUNCTION +
    pathFunction(task) +
    `rr_w(){ ${startText(ownSessionText(task, place))}rrb=$rrB\n` +
    `${steps.join("")};}\nrr_w\n`;
  return { ...entryOf(task, nonce, place), body };
}

function recordTexts(task: RecordedTask): string {
  return directoryText(task) + HOSTNAME_TEXT;
}

/** Holds a process that no record tells of, or says that nothing of it runs. */
function processSteps(process: RemoteProcess | undefined): string[] {
  if (process === undefined) return ["rr_no gone\n"];
  return [sameBootText(process) + processText(process), holdText("! rr_gone||rr_no gone\n")];
}

function sameBootText({ bootId }: RemoteProcess): string {
  return `[ "$rrb" = ${bootId} ]||rr_no gone\n`;
}

function processText({ pid, startTicks, session, ownsSession, helpers = [] }: RemoteProcess): string {
  return `rrW=${pid} rrT=${startTicks} rrS=${session} rrO=${ownsSession ? 1 : 0} rrH=' ${helpers.join(" ")} '\n`;
}

/**
 * Holds the command, or learns that it has ended. Not before it is known which children are helpers (rrH is more than
 * one blank), and not where the time limit's guard kills already (its descriptor 8). A program without a child is about
 * to begin its command, or to tell its end; one that is still without after five seconds does neither any more, and is
 * ended, so that it never begins.
 */
function holdText(elseTold: string): string {
  return `rra=0;while :;do ${elseTold}rr_scan;rrC= rre=
for rrq in $rrH;do [ ! -e /proc/$rrq/fd/8 ]||rre=1;done
[ "$rre" ]||[ "$rrH" = ' ' ]||rr_hold
[ -z "$rrC" ]||break
rr_ps $rrW;case $rrt in ''|Z|X)break;;esac
[ $rra -lt 50 ]||{ kill -s KILL $rrW;sleep 0.1||sleep 1;rr_scan;break;}
[ "$rre" ]||rra=$((rra+1));sleep 0.1||sleep 1;done
`;
}

function stateText(digest?: string): string {
  return `${settledText('"$rrF"', digest)}[ "$rrR" = wait ]||rr_no $rrR\n`;
}

/**
 * The note why is made of a command that is held: it has not ended, and when it ends, its program reads the note.
 * The sticky bit alone says nothing, so the fork that sets it comes first.
 */
function recordedSteps(task: RecordedTask, { process, cause, digest }: KillOrder): string[] {
  const state = stateText(digest);
  const noted = `${state}chmod +t "$rrF"\n${holdText(state)}echo "why ${cause}" >>"$rrF"\n`;
  if (process === undefined) {
    return [recordTexts(task), `rr_make "$rrF" withdrawn&&rr_no withdrawn\n${noted}`];
  }
  return [HOSTNAME_TEXT, "rr_f\n", withoutRecordText(task, process), noted];
}

/**
 * A known process that has no record has not claimed its attempt yet, and never will once we have: it ends by itself.
 * Or its record was taken away, and it is killed all the same. A directory that cannot be used is no reason not to.
 */
function withoutRecordText(task: RecordedTask, process: RemoteProcess): string {
  return `if [ ! -e "$rrF" ]&&[ ! -L "$rrF" ];then rri=;rr_r(){ :;}
[ -d "$rrD" ]||mkdir -m 700 "$rrD" 2>/dev/null
[ ! -L "$rrD" ]&&[ -O "$rrD" ]&&rr_make "$rrF" withdrawn&&rri=1
if [ "$rri" ]||[ ! -e "$rrF" ];then ${sameBootText(process)}${processText(process)}
rra=0;while ! rr_gone&&[ "$rri" ]&&[ $rra -lt 20 ];do rra=$((rra+1));sleep 0.1||sleep 1;done
rr_scan;[ "$rrP" ]||{ [ -z "$rri" ]||rr_no withdrawn;rr_no gone;}
${killText(task)}rr_no killed;fi;fi
`;
}

function killText({ killGraceMs }: RecordedTask): string {
  return `rr_kill ${centiseconds(killGraceMs)}\n[ -z "$rrP" ]||rr_no left $rrP\n`;
}

/** The killed program records its end itself; a dead one's end is written for it. */
function endText(cause: KillOrder["cause"]): string {
  const word = cause === "timedOut" ? "tim" : "can";
  return `rrn=0;while [ -f "$rrF" ];do rr_state "$rrF" '';case $rrR in recorded*)rr_no $rrR;;esac
rr_ps $rrW;case $rrt in ''|Z|X)echo "${word} 137" 1<>"$rrF";rr_no recorded 137 ${cause} $rrB;;esac
[ $rrn -lt 50 ]||break;rrn=$((rrn+1));sleep 0.1||sleep 1;done
`;
}
