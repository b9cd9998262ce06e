import { createHash } from "node:crypto";
import { quote } from "./quote.ts";
import type { RemoteTask } from "./remote-task.ts";

/**
 * The record of one attempt of a job on a host: a small file that is made atomically before the command
 * starts. Lines:
 *
 *     running                    or `end NNN`, `tim NNN` (time limit), `can NNN` (cancelled): 8 bytes each,
 *                                written in place, so that a full disk takes the end as well; or `withdrawn`
 *     c ATTEMPT NONCE BOOT PID START SESSION DIGEST HOSTNAME INIT .
 *     h PID …                    helpers, which are not the command
 *     why timedOut|cancelled     somebody is about to kill it
 *
 * INIT is the start time of process 1, which tells a container's restart from the box's.
 */

/** `%u` stands for the user that runs the command. */
export const DEFAULT_RECORD_DIR = "/var/tmp/roadrunner-%u";

/** rr_f sets rrD, the directory, and rrF, the attempt's file in it. */
export function pathFunction(task: Pick<RemoteTask, "recordDir" | "recordKey" | "attempt">): string {
  const dir = task.recordDir ?? DEFAULT_RECORD_DIR;
  const user = dir.includes("%u") ? "rrx=${LOGNAME:-$(id -un)};" : "";
  const word = dir
    .split("%u")
    .map((part) => (part === "" ? "" : quote(part)))
    .join('"$rrx"');
  return `rr_f(){ ${user}rrD=${word};rrF=$rrD/${task.recordKey ?? "none"}.${task.attempt};}\n`;
}

/** Makes the directory where it is missing, and says why where it cannot be used. mkdir is the only fork. */
export function directoryText(task: Pick<RemoteTask, "recordDir">): string {
  // Without the sticky bit anybody could put another directory in its place.
  const sticky = task.recordDir === undefined ? "[ -k /var/tmp ]||rr_no norecord sticky\n" : "";
  return `rr_f\n${sticky}[ -d "$rrD" ]||mkdir -m 700 "$rrD" 2>/dev/null
[ ! -L "$rrD" ]||rr_no norecord link;[ -d "$rrD" ]||rr_no norecord missing;[ -O "$rrD" ]||rr_no norecord foreign
`;
}

/**
 * Makes file $1 with text $2, or returns 1 where it is there already. The look before is needed since `set
 * -C` opens a planted FIFO or device; `rrM` tells a file that we made and could not fill (disk full) from
 * one that we did not make. `echo`, since a failing redirection of a special builtin ends the shell.
 */
export const MAKE_FUNCTION = `rr_make(){ rrM=;set -C
[ -e "$1" ]||[ -L "$1" ]||{ { rrM=1;echo "$2";} >"$1";} 2>/dev/null
rrk=$?;set +C
case $rrM$rrk in 10)return 0;;1*)rm -f "$1";rr_no norecord space;;esac
[ -e "$1" ]||rr_no norecord file;return 1;}
`;

/** The rest of a claim's identity: the host's name in rrN, process 1's start time in rrI. */
export const IDENTITY_TEXT = `rrN= rrL= rrI=-;read -r rrN </proc/sys/kernel/hostname
{ read -r rrL </proc/1/stat;} 2>/dev/null&&{ set -- \${rrL##*\\) };rrI=\${20};}
`;

/** Where a second shell goes on with what the worker sends next: the look. */
export const LOOK_INSTEAD = "{ rr_say exists;exec /bin/sh;}";

/**
 * Claims the attempt, or says `exists` and makes room for a shell that reads the rest of the program, the
 * look, from stdin.
 */
export function claimText(task: RemoteTask): string {
  const claim = `c ${task.attempt} ${task.nonce} $rrB $rrW $rrT $rrS ${digestOf(task)} $rrN $rrI .`;
  const tidy = task.script === undefined ? "" : 'rm -f "$rrJ";';
  return `rr_make "$rrF" "running
${claim}"||{ ${tidy}${LOOK_INSTEAD};}
`;
}

/** Without /proc or a session of its own a second delivery could not tell whether the first one lives. */
export function needsText(mayShareSession: boolean): string {
  const session = mayShareSession ? "[ $rrO = 1 ]||rr_no norecord session\n" : "";
  return `[ "$rrB" ]&&[ "$rrT" ]||rr_no norecord proc\n${session}`;
}

/**
 * A task that was asked before and has no record now: if the host (or its container) has been up for less
 * time than that, or says another boot id than it said then, the record went with what the host was.
 */
export function askedBeforeText(before: NonNullable<RemoteTask["askedBefore"]>): string {
  const boot = before.bootId === undefined ? "" : `[ "$rrB" = ${quote(before.bootId)} ]||rr_no restarted\n`;
  const since = Math.floor(before.sinceMs / 10);
  return `[ -e "$rrF" ]||{ ${boot}rr_up;rrx=$rrI;[ $rrx != - ]||rrx=0
[ $((rrU-rrx)) -ge ${since} ]||rr_no restarted;}
`;
}

/** Notes the helpers, so that they are not taken for the command. */
export function helpersText(task: Pick<RemoteTask, "timeoutMs">): string {
  const guard = task.timeoutMs === undefined ? "" : " $rrg";
  return `[ -z "$rrd${guard.trim()}" ]||echo "h $rrd${guard}" >>"$rrF"\n`;
}

/** Writes the end over the first line. The first cause that somebody noted counts. */
export const END_TEXT = `rrz=;while read -r rrx rrv;do [ "$rrx$rrz" != why ]||rrz=$rrv;done <"$rrF"
rrY=\${rrz:-$rrY};case $rrY in timedOut)rrx=tim;;cancelled)rrx=can;;*)rrx=end;;esac
rrz=00$rrc;echo "$rrx \${rrz#\${rrz%???}}" 1<>"$rrF"
`;

/** What the command is, without the secrets' values: a delivery of another one must not take its record. */
export function digestOf(task: RemoteTask): string {
  const { command, script, cwd, shell, become, env, secretEnv } = task;
  const what = [
    command ?? null,
    script ?? null,
    cwd ?? null,
    shell,
    become ?? null,
    Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)),
    Object.entries(secretEnv)
      .map(([variable, { name }]) => [variable, name])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  ];
  return createHash("sha256").update(JSON.stringify(what)).digest("hex").slice(0, 24);
}
