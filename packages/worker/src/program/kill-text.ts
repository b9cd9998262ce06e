/**
 * Finding and ending what a command started: every process of the program's session, so that a group of its
 * own (timeout(1)) or a dead parent hides nothing. Spared are the program itself (rrW), which then records
 * the end and answers, its ancestors in the session and their other children (relays), and its helpers
 * (rrH, blanks around each pid) with their children. Without a session of its own (rrO=0): its descendants.
 */

/** Sets rrP to the pids to end. Zombies count as dead. No fork. */
export function scanFunction(mayShareSession: boolean): string {
  const inSession = mayShareSession ? `[ $rrO = 0 ]||[ "$rrs" = "$rrS" ]` : `[ "$rrs" = "$rrS" ]`;
  const descendants = `[ $rrO = 1 ]||{ rrA=" $rrW ";rrz=1
while [ "$rrz" ];do rrz=;for rrm in $rrM;do rrq=\${rrm%:*}
case $rrA in *" $rrq "*)continue;;*" \${rrm#*:} "*)rrA="$rrA$rrq " rrz=1;;*)continue;;esac
case $rrH in *" $rrq "*|*" \${rrm#*:} "*)continue;;esac
rrP="$rrP $rrq";done;done;return;}
`;
  return `rr_scan(){ rrP= rrM=
for rrp in /proc/[0-9]*;do rrq=\${rrp#/proc/};rr_ps $rrq
case $rrt in ''|Z|X)continue;;esac
${inSession}||continue
rrM="$rrM $rrq:$rrv";eval "rrp$rrq=$rrv";done
${mayShareSession ? descendants : ""}rrA=" $rrW " rrq=$rrW
while eval "rrq=\\\${rrp$rrq:-0}";eval "[ \\"\\\${rrp$rrq:-}\\" ]";do rrA="$rrA$rrq ";done
for rrm in $rrM;do rrq=\${rrm%:*} rrv=\${rrm#*:}
case $rrA in *" $rrq "*)continue;;esac
case $rrH in *" $rrq "*|*" $rrv "*)continue;;esac
[ $rrv = $rrW ]||case $rrA in *" $rrv "*)continue;;esac
rrP="$rrP $rrq";done;}
`;
}

/**
 * After a scan: stops the program's own child, which is the command, and says in rrC whether it lived to be stopped.
 * What is held ends after our signals and not before them, so nobody is told to have been killed who had ended by
 * himself while we were looking. A zombie takes the signal and stays one; another user's process refuses it.
 */
export const HOLD_FUNCTION = `rr_hold(){ rrC=
for rrm in $rrM;do [ "\${rrm#*:}" = $rrW ]||continue;rrq=\${rrm%:*} rrn=0
case $rrH in *" $rrq "*)continue;;esac
kill -s STOP $rrq||rrn=40
while rr_ps $rrq;case $rrt in R|S|D)[ $rrn -lt 40 ];;*)! :;;esac;do rrn=$((rrn+1))
[ $rrn -lt 30 ]||sleep 0.1||sleep 1;done
case $rrt in ''|Z|X);;*)rrC=1;;esac;done;} 2>/dev/null
`;

/**
 * TERM and CONT to what a scan found, KILL to what is left after $1 hundredths of a second, up to ten times;
 * rrP then names what still lives.
 */
export const KILL_FUNCTION = `rr_kill(){ [ "$rrP" ]||return 0
rr_up;rrE=$((rrU+$1)) rrn=0
kill -s TERM $rrP;kill -s CONT $rrP
while [ "$rrP" ]&&[ $rrn -lt 10 ];do rr_up
[ $rrU -lt $rrE ]||{ kill -s KILL $rrP;rrn=$((rrn+1));}
sleep 0.1||sleep 1;rr_scan;done;} 2>/dev/null
`;

/**
 * True if nothing of the claimed program runs any more: its process is dead (another start time means a
 * reused pid), and so is its session, unless the session's leader is younger and the number thus reused.
 */
export const GONE_FUNCTION = `rr_gone(){ rr_ps $rrW
case $rrt in ''|Z|X);;*)[ "$rru" != "$rrT" ]||return 1;;esac
[ $rrO = 1 ]||return 0
rr_ps $rrS;[ -z "$rrt" ]||[ $rru -le $rrT ]||return 0
rr_scan;[ -z "$rrP" ];}
`;
