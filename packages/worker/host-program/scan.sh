# Finding what a command started: every process of the program's session, so that a group of its own (timeout(1)) or a
# dead parent hides nothing. Spared are the program itself, which then records the end and answers, its ancestors in
# the session and their other children (relays), and its helpers with their children.

# The processes to end, in rr_targets. Zombies count as dead. No fork.
rr_scan() {
  rr_targets='' rr_seen=''
  for rr_process in /proc/[0-9]*; do
    rr_process=${rr_process#/proc/}
    rr_look_up $rr_process
    case $rr_state in '' | Z | X) continue ;; esac
    [ "$rr_its_session" = "$rr_session" ] || continue
    rr_seen="$rr_seen $rr_process:$rr_parent"
    eval "rr_parent_of$rr_process=$rr_parent"
  done
  rr_spare_ancestors
}

rr_spare_ancestors() {
  rr_spared=" $rr_pid " rr_process=$rr_pid
  while
    eval "rr_process=\${rr_parent_of$rr_process:-0}"
    eval "[ \"\${rr_parent_of$rr_process:-}\" ]"
  do rr_spared="$rr_spared$rr_process "; done
  for rr_pair in $rr_seen; do
    rr_process=${rr_pair%:*} rr_parent=${rr_pair#*:}
    case $rr_spared in *" $rr_process "*) continue ;; esac
    case $rr_helpers in *" $rr_process "* | *" $rr_parent "*) continue ;; esac
    [ $rr_parent = $rr_pid ] || case $rr_spared in *" $rr_parent "*) continue ;; esac
    rr_targets="$rr_targets $rr_process"
  done
}
