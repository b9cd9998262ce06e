# Where the session may be shared with other channels of the connection: there it is the program's descendants.
rr_scan() {
  rr_targets='' rr_seen=''
  for rr_process in /proc/[0-9]*; do
    rr_process=${rr_process#/proc/}
    rr_look_up $rr_process
    case $rr_state in '' | Z | X) continue ;; esac
    [ $rr_owns_session = 0 ] || [ "$rr_its_session" = "$rr_session" ] || continue
    rr_seen="$rr_seen $rr_process:$rr_parent"
    eval "rr_parent_of$rr_process=$rr_parent"
  done
  if [ $rr_owns_session = 1 ]; then rr_spare_ancestors; else rr_take_descendants; fi
}

rr_take_descendants() {
  rr_family=" $rr_pid " rr_grown=1
  while [ "$rr_grown" ]; do
    rr_grown=''
    for rr_pair in $rr_seen; do
      rr_process=${rr_pair%:*} rr_parent=${rr_pair#*:}
      case $rr_family in
        *" $rr_process "*) continue ;;
        *" $rr_parent "*) rr_family="$rr_family$rr_process " rr_grown=1 ;;
        *) continue ;;
      esac
      case $rr_helpers in *" $rr_process "* | *" $rr_parent "*) continue ;; esac
      rr_targets="$rr_targets $rr_process"
    done
  done
}
