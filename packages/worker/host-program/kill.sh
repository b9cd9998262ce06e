# Ending what a scan found.

# True if nothing of the program runs any more: its process is dead (another start time means a number that is used
# again), and so is its session, unless the session's leader is younger and that number thus used again.
rr_gone() {
  rr_look_up $rr_pid
  case $rr_state in
    '' | Z | X) ;;
    *) [ "$rr_its_start" != "$rr_began" ] || return 1 ;;
  esac
  [ $rr_owns_session = 1 ] || return 0
  rr_look_up $rr_session
  [ -z "$rr_state" ] || [ $rr_its_start -le $rr_began ] || return 0
  rr_scan
  [ -z "$rr_targets" ]
}

# After a scan: stops the program's own child, which is the command, and says in rr_held whether it lived to be
# stopped. What is held ends after our signals and not before them, so nobody is told to have been killed who had
# ended by himself while we were looking. A zombie takes the signal and stays one; another user's process refuses it.
rr_hold() {
  rr_held=''
  for rr_pair in $rr_seen; do
    [ "${rr_pair#*:}" = $rr_pid ] || continue
    rr_process=${rr_pair%:*} rr_stop_tries=0
    case $rr_helpers in *" $rr_process "*) continue ;; esac
    kill -s STOP $rr_process || rr_stop_tries=40
    while
      rr_look_up $rr_process
      case $rr_state in R | S | D) [ $rr_stop_tries -lt 40 ] ;; *) ! : ;; esac
    do
      rr_stop_tries=$((rr_stop_tries + 1))
      [ $rr_stop_tries -lt 30 ] || sleep 0.1 || sleep 1
    done
    case $rr_state in '' | Z | X) ;; *) rr_held=1 ;; esac
  done
} 2>/dev/null

# TERM and CONT to what a scan found, KILL to what is left after the grace, up to ten times; rr_targets then names what
# still lives.
rr_kill() {
  [ "$rr_targets" ] || return 0
  rr_read_uptime
  rr_kill_at=$((rr_uptime + rr_grace)) rr_kills=0
  kill -s TERM $rr_targets
  kill -s CONT $rr_targets
  while [ "$rr_targets" ] && [ $rr_kills -lt 10 ]; do
    rr_read_uptime
    [ $rr_uptime -lt $rr_kill_at ] || {
      kill -s KILL $rr_targets
      rr_kills=$((rr_kills + 1))
    }
    sleep 0.1 || sleep 1
    rr_scan
  done
} 2>/dev/null
