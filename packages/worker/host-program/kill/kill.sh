# Ending what a scan found.

# True if nothing of the program runs any more: its process is dead, and nothing of what it started is left. Another
# start time means a number that is used again, as does a session's leader who is younger.
rr_gone() {
  rr_look_up $rr_pid
  case $rr_state in
    '' | Z | X) ;;
    *) [ "$rr_its_start" != "$rr_began" ] || return 1 ;;
  esac
  rr_look_up $rr_session
  [ -z "$rr_state" ] || [ $rr_its_start -le $rr_began ] || rr_owns_session=0
  rr_scan
  [ -z "$rr_targets" ]
}

# After a scan: stops the program's own child, which is the command, and says in rr_held whether it lived to be
# stopped. What is held ends after our signals and not before them, so nobody is told to have been killed who had
# ended by himself while we were looking. A zombie takes the signal and stays one; another user's process refuses it.
# Others may let it go on before our signals (zsh does so with a child that it waits for, where zsh itself is a subshell),
# and who gets no CPU does not stop in time: then it may still end by itself, which its exit code has to tell.
rr_hold() {
  rr_held='' rr_by_signal=''
  for rr_entry in $rr_seen; do
    case $rr_entry in *:$rr_pid:*:*) ;; *) continue ;; esac
    rr_process=${rr_entry%%:*} rr_stop_tries=0
    case $rr_helpers in *" $rr_process "*) continue ;; esac
    kill -s STOP $rr_process || rr_stop_tries=40
    while
      rr_look_up $rr_process
      case $rr_state in R | S | D) [ $rr_stop_tries -lt 40 ] ;; *) ! : ;; esac
    do
      rr_stop_tries=$((rr_stop_tries + 1))
      [ $rr_stop_tries -lt 30 ] || rr_rest_for 10
    done
    case $rr_state in '' | Z | X) ;; *)
      rr_held=1
      rr_see_signals $rr_process
      ;;
    esac
  done
} 2>/dev/null

# TERM has its own way with process $1, which does not catch, ignore or block it: if our signals end it, its exit code is
# that of a signal. The masks are hex digits; TERM is in the fourth from the right.
rr_see_signals() {
  rr_by_signal=signal
  while read -r rr_rest; do
    case $rr_rest in Sig[BIC]*[4567cdef]???) rr_by_signal='' ;; esac
  done </proc/$1/status
}

# TERM and CONT to what a scan found, KILL to what is left after the grace, up to ten times; rr_targets then names what
# still lives.
rr_kill() {
  rr_find_tagged
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
    rr_rest_for 10
    rr_scan
  done
  [ -e /proc/1/stat ] || command eval rr_find_hidden
} 2>/dev/null

# Notes what could not be killed: nothing must start beside it.
rr_note_left() {
  [ -e "$rr_record_file" ] || return 0
  for rr_entry in $rr_known $rr_targets; do
    case $rr_entry:"$rr_targets " in
      -*) echo "left $rr_entry" ;;
      *:*" ${rr_entry%:*} "*) case $rr_entry in *:*) echo "left $rr_entry" ;; esac ;;
    esac
  done >>"$rr_record_file"
}

# Where /proc hides other users' processes: a group that one of them is in refuses a signal, while an empty one is not
# there. In rr_targets such a group is a negative number.
rr_find_hidden() {
  for rr_entry in $rr_known; do
    case $rr_entry in s*) rr_process=-${rr_entry#s} ;; *) continue ;; esac
    case $(export LC_ALL=C; kill -s 0 -- $rr_process 2>&1) in *ermi*) rr_targets="$rr_targets $rr_process" ;; esac
  done
}
