/** The time limit is kept on the host itself, so that it holds whatever becomes of worker and connection. */

export const centiseconds = (ms: number): number => Math.max(0, Math.ceil(ms / 10));

/** A program that is dead records nothing. */
const RECORD_FOR_THE_DEAD = `rr_ps $rrW;case $rrt in ''|Z|X)echo "tim 137" 1<>"$rrF";;esac
`;

/**
 * The guard: sleeps in pieces of at most a minute (a sleep left behind ends soon, a suspended host is
 * noticed), then holds the command, opens descriptor 8 as the sign that it has begun to kill, and kills. It ends
 * early when nothing is left to guard. It traps nothing: dash loses a signal trapped just before `wait`.
 */
export function guardFunction(timeoutMs: number, killGraceMs: number, recorded: boolean): string {
  return `rr_guard(){ read -r rrL </proc/self/stat;rrH="$rrH\${rrL%% *} "
rr_up;rrE=$((rrU+${centiseconds(timeoutMs)}))
while rr_up;[ $rrU -lt $rrE ];do rrz=$((rrE-rrU));[ $rrz -lt 6000 ]||rrz=6000
rrx=$((rrz%100));[ $rrx -gt 9 ]||rrx=0$rrx
sleep $((rrz/100)).$rrx 2>/dev/null||sleep $((rrz/100+1)) 2>/dev/null||exit 1
[ -e /proc/$rrW ]||{ rr_scan;[ "$rrP" ]||exit 0;};done
while rr_scan;rr_hold;[ -z "$rrC" ];do rr_ps $rrW;case $rrt in ''|Z|X)break;;esac;sleep 0.1||sleep 1;done
exec 8</dev/null
rr_kill ${centiseconds(killGraceMs)}
[ -z "$rrP" ]||rr_say left $rrP >&2
${recorded ? RECORD_FOR_THE_DEAD : ""}:;}
`;
}

/** `close`: redirections that shut the drainer's descriptors. */
export function startGuard(close: string): string {
  return `( exec </dev/null >/dev/null${close};rr_guard ) &
rrg=$!
`;
}

/**
 * After the command's end: stops the guard first, so that the look at its descriptor 8 is exact; if it has
 * begun to kill it may finish (rrY says so), else it goes with its sleep.
 */
export const END_GUARD = `{ kill -s STOP $rrg
while rr_ps $rrg;do case $rrt in R|S|D);;*)break;;esac;done
if [ -e /proc/$rrg/fd/8 ];then rrY=timedOut;kill -s CONT $rrg
else rrx=;read -r rrx </proc/$rrg/task/$rrg/children;kill -s KILL $rrg $rrx;fi
wait $rrg;} 2>/dev/null
`;
