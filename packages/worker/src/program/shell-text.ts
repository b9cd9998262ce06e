import { markPrefix } from "./marks.ts";

/**
 * Pieces of the remote program's text. It is read by whatever /bin/sh is (dash, bash, busybox, mksh, zsh),
 * so it uses only POSIX and no process but where said. Its names begin with `rr`: a variable that the login
 * exported would keep its place in the command's environment and take our value with it.
 */

/** Functions that say a mark: `rr_say`, and `rr_no`, which says it on stderr and ends the program. */
export function sayFunctions(nonce: string): string {
  return `rr_say(){ echo "${markPrefix(nonce)}$*";}
rr_no(){ rr_say "$@" >&2;rr_say end;rr_say end - >&2;exit 0;}
`;
}

/**
 * The start mark, with what names this process for ever: boot id, pid, start time, session. `rrO`: the
 * session is ours alone. OpenSSH makes one for each channel; elsewhere setsid did if the shell leads it.
 * The strip to the last `) ` is there because a process may have blanks and brackets in its name.
 */
export function startText(ownsSession: string): string {
  return `IFS=' ' rrB= rrL=
rr_say start
read -r rrB </proc/sys/kernel/random/boot_id;read -r rrL </proc/self/stat
rrW=\${rrL%% *} rrL=\${rrL##*\\) };set -- $rrL
rrS=$4 rrT=\${20}
${ownsSession}
rr_say start \${rrW:-0} \${rrT:-0} \${rrS:-0} $rrO \${rrB:--} >&2
`;
}

/** The host's uptime in hundredths of a second, in rrU. */
export const UPTIME_FUNCTION = `rr_up(){ read -r rrU rrx </proc/uptime;rrU=\${rrU%.*}\${rrU#*.};}
`;

/**
 * State and start time of process $1, in rrt and rru, empty if there is none. A name may hold newlines, so
 * all lines are read.
 */
export const PROCESS_FUNCTION = `rr_ps(){ rrL=;{ read -r rrL;while read -r rrx;do rrL="$rrL $rrx";done;} </proc/$1/stat
set -- \${rrL##*\\) };rrt=$1 rrv=$2 rrs=$4 rru=\${20};} 2>/dev/null
`;
