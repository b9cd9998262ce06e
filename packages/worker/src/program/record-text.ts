import { createHash } from "node:crypto";
import { digestText } from "@roadrunner/core";
import { quote } from "./quote.ts";
import type { RemoteTask } from "./remote-task.ts";

/**
 * The record of one attempt of a job on a host: a small file that is made atomically before the command
 * starts. Lines:
 *
 *     running                    or `end NNN`, `tim NNN` (time limit), `can NNN` (cancelled): 8 bytes each,
 *                                written in place, so that a full disk takes the end as well; or `withdrawn`
 *     c ATTEMPT NONCE BOOT PID START SESSION DIGEST HOSTNAME .
 *     h PID …                    helpers, which are not the command; known when this line is there
 *     why timedOut|cancelled     somebody is about to kill it; the file's sticky bit is then set, which
 *                                the program sees at less cost than by reading
 */

/** `%u` stands for the user that runs the command. */
export const DEFAULT_RECORD_DIR = "/var/tmp/roadrunner-%u";

/** rr_f sets rrD, the directory, and rrF, the attempt's file in it; rr_r says why there is no record. */
export function pathFunction(task: Pick<RemoteTask, "recordDir" | "recordKey" | "attempt">): string {
  const dir = task.recordDir ?? DEFAULT_RECORD_DIR;
  const user = dir.includes("%u") ? "rrx=${LOGNAME:-$(id -un)};" : "";
  const word = dir
    .split("%u")
    .map((part) => (part === "" ? "" : quote(part)))
    .join('"$rrx"');
  return `rr_r(){ rr_no norecord $1;}
rr_f(){ ${user}rrD=${word};rrF=$rrD/${task.recordKey ?? "none"}.${task.attempt};}\n`;
}

/** Makes the directory where it is missing, and says why where it cannot be used. mkdir is the only fork. */
export function directoryText(task: Pick<RemoteTask, "recordDir">): string {
  // Without the sticky bit anybody could put another directory in its place.
  const sticky = task.recordDir === undefined ? "[ -k /var/tmp ]||rr_r sticky\n" : "";
  return `rr_f\n${sticky}[ -d "$rrD" ]||mkdir -m 700 "$rrD" 2>/dev/null
[ ! -L "$rrD" ]||rr_r link;[ -d "$rrD" ]||rr_r missing;[ -O "$rrD" ]||rr_r foreign
`;
}

/**
 * Makes file $1 with text $2, or returns 1 where it is there already. The look before is needed since `set
 * -C` opens a planted FIFO or device; `rrM` tells a file that we made and could not fill (disk full) from
 * one that we did not make: that one is another delivery's, and must stay. `echo`, since a failing redirection of a special builtin ends the shell.
 */
export const MAKE_FUNCTION = `rr_make(){ rrM=;set -C
[ -e "$1" ]||[ -L "$1" ]||{ { rrM=1;echo "$2";} >"$1";} 2>/dev/null
rrk=$?;set +C
case $rrM:$rrk in 1:0)return 0;;1:*)rm -f "$1";rr_r space;;esac
[ -e "$1" ]||rr_r file;return 1;}
`;

/** The host's name in rrN: a record directory may be shared between hosts. */
export const HOSTNAME_TEXT = "rrN=;read -r rrN </proc/sys/kernel/hostname\n";

/** Where a second shell goes on with what the worker sends next: the look. */
export const LOOK_INSTEAD = "{ rr_say exists >&2;exec /bin/sh;}";

/**
 * Claims the attempt, or says `exists` and makes room for a shell that reads the rest of the program, the
 * look, from stdin.
 */
export function claimText(task: RemoteTask): string {
  const helpers = hasHelpers(task) ? "" : "\nh ";
  const claim = `c ${task.attempt} ${task.nonce} $rrB $rrW $rrT $rrS ${digestOf(task)} $rrN .${helpers}`;
  const tidy = task.script === undefined ? LOOK_INSTEAD : `{ rm -f "$rrJ";${LOOK_INSTEAD};}`;
  return `rr_make "$rrF" "running
${claim}"||${tidy}
`;
}

/** Without /proc or a session of its own a second delivery could not tell whether the first one lives. */
export function needsText(mayShareSession: boolean): string {
  const session = mayShareSession ? "[ $rrO = 1 ]||rr_r session\n" : "";
  return `[ "\${rrB:+$rrT}" ]||rr_r proc\n${session}`;
}

/**
 * A task that was asked before and has no record now: if the host (or its container) has been up for less
 * time than that, or says another boot id than it said then, the record went with what the host was.
 */
export function askedBeforeText(before: NonNullable<RemoteTask["askedBefore"]>): string {
  const boot = before.bootId === undefined ? "" : `[ "$rrB" = ${quote(before.bootId)} ]||rr_no restarted\n`;
  const since = Math.floor(before.sinceMs / 10);
  return `[ -e "$rrF" ]||{ ${boot}rr_up;rr_ps 1
[ $((rrU-\${rru:-0})) -ge ${since} ]||rr_no restarted;}
`;
}

/** Whether the program may have children that are not the command. */
export function hasHelpers({ onDisconnect, timeoutMs }: RemoteTask): boolean {
  return onDisconnect === "finish" || timeoutMs !== undefined;
}

/**
 * Notes the helpers, be there none, so that they are not taken for the command: in the record, or where there is none
 * in a mark. Whoever kills waits for that.
 */
export function helpersText(task: RemoteTask): string {
  if (!hasHelpers(task)) return "";
  const drainer = task.onDisconnect === "finish" ? " $rrd" : "";
  const guard = task.timeoutMs === undefined ? "" : " $rrg";
  if (task.delivery === "once") return `echo "h${drainer}${guard}" >>"$rrF"\n`;
  return `rr_say helpers${drainer}${guard} >&2\n`;
}

/** Writes the end over the first line: the first three letters of the cause that somebody noted first. */
export const END_TEXT = `[ ! -k "$rrF" ]||while read -r rrx rrz;do [ "$rrx" != why ]||{ rrY=$rrz;break;};done <"$rrF"
rrx=\${rrY:-end} rrz=00$rrc;echo "\${rrx%\${rrx#???}} \${rrz#\${rrz%???}}" 1<>"$rrF"
`;

/** What the command is and whose, without the secrets' values: a delivery of another one must not take its record. */
export function digestOf(task: RemoteTask): string {
  const names = Object.entries(task.secretEnv).map(([variable, { name }]) => [variable, name]);
  const text = digestText({ ...task, secretEnv: Object.fromEntries(names) });
  const whose = task.owner === undefined ? [] : ["\0", task.owner];
  return createHash("sha256")
    .update([text, ...whose].join(""))
    .digest("hex")
    .slice(0, 20);
}
