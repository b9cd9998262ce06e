import { GONE_FUNCTION, scanFunction } from "./kill-text.ts";
import { PROCESS_FUNCTION, UPTIME_FUNCTION } from "./shell-text.ts";

/**
 * Reading a record. rr_read takes file $1 apart; rr_state gives its meaning in rrR, in words of a mark:
 *
 *     recorded CODE CAUSE BOOT      it has an end
 *     withdrawn                     it never began and never may
 *     wait                          it lives: rrW, rrT, rrS say which process
 *     unknown gone|restarted|otherhost
 *     other                         another command's record ($2: our digest; empty: any will do)
 *     torn                          empty or half written
 *
 * Only a record's own session counts (rrO=1): without one no record is made. The program's own boot id is
 * in rrb, its host's name in rrN.
 */
export function stateFunctions(mayShareSession = false): string {
  return UPTIME_FUNCTION + PROCESS_FUNCTION + scanFunction(mayShareSession) + GONE_FUNCTION + READ_FUNCTIONS;
}

const READ_FUNCTIONS = `rr_read(){ rrK= rrk= rrH=' ' rrX= rrB=
[ -f "$1" ]&&[ ! -L "$1" ]||return
{ read -r rrK rrk;while read -r rrx rrl;do case $rrx in
h)rrH="$rrH$rrl ";;
c)set -- $rrl;[ "$9" != . ]||{ rrX=1 rrB=$3 rrW=$4 rrT=$5 rrS=$6 rrG=$7 rrQ=$8;};;
esac;done;} <"$1";}
rr_state(){ rr_read "$1";rrO=1 rrR=torn
case $rrK in withdrawn)rrR=withdrawn;return;;esac
[ "$rrX" ]||return
[ -z "$2" ]||[ "$2" = "$rrG" ]||{ rrR=other;return;}
case $rrK in end)rrR="recorded $rrk - $rrB";;tim)rrR="recorded $rrk timedOut $rrB";;can)rrR="recorded $rrk cancelled $rrB";;
running)rr_life "$1" "$2";;esac;}
rr_life(){ rrR=wait
if [ "$rrB" != "$rrb" ];then rrR="unknown restarted $rrB"
else rr_gone||return 0;rrR="unknown gone";fi
[ "$rrQ" = "$rrN" ]||rrR="unknown otherhost"
rr_read "$1";[ "$rrK" = running ]||rr_state "$1" "$2";}
`;

/** Looks at rrF until it says something final. Its own death by SIGPIPE ends a waiter whose channel is gone. */
export function lookText(digest: string): string {
  return `rr_look(){ rrb=$rrB;rrn=0
while :;do rr_state "$rrF" ${digest}
case $rrR in
wait)[ $((rrn%5)) -gt 0 ]||{ rr_up;rr_say wait $((rrU-rrT)) $rrW $rrT $rrS 1 $rrB >&2||exit 0;};;
torn)[ $rrn -lt 25 ]||rr_no unknown torn;;
*)rr_no $rrR;;esac
rrn=$((rrn+1));sleep 0.2||sleep 1;done;}
`;
}

/** The state of a record: one that is torn may just be being written, which is waited for as `rr_look` does. */
export function settledText(file: string, digest = "''"): string {
  return `rrn=0;while rr_state ${file} ${digest};[ "$rrR" = torn ]&&[ $rrn -lt 25 ];do rrn=$((rrn+1));sleep 0.2||sleep 1;done
`;
}

/**
 * Closes earlier attempts before attempt $1 + 1 may start: one that has no record is withdrawn, one that has
 * an end or is proved gone is done; one that lives, or of which nothing is known, forbids ours.
 */
export const PRIOR_FUNCTION = `rr_prior(){ rra=$1
while [ $rra -gt 0 ];do rrf=\${rrF%.*}.$rra
if ! rr_make "$rrf" withdrawn;then ${settledText('"$rrf"')}case $rrR in recorded*|unknown\\ gone|unknown\\ restarted*)return;;withdrawn);;*)rr_no prior $rra;;esac;fi
rra=$((rra-1));done;}
`;

/** Reading a claim puts its process where ours was noted. */
export function priorText(attempt: number): string {
  return `rrZ="$rrB $rrW $rrT $rrS" rrb=$rrB
[ -e "$rrF" ]||rr_prior ${attempt - 1}
set -- $rrZ;rrB=$1 rrW=$2 rrT=$3 rrS=$4 rrO=1
`;
}
