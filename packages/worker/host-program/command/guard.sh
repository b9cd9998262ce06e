# The time limit is kept on the host itself, so that it holds whatever becomes of worker and connection.

rr_start_guard() {
  (
    exec </dev/null >/dev/null 5<&- 6<&- 7<&-
    rr_guard
  ) &
  rr_guard_pid=$! rr_helpers="$rr_helpers$! "
  rr_await_guard
}

# Nothing begins without its time limit: where the guard cannot start even its sleep (a process limit), it is gone. No
# fork; where the kernel tells of no children, not even of ours, nobody waits. A guard that is gone early has no such file
# either: shells bury their children whenever they like.
rr_await_guard() {
  [ ! -r /proc/$rr_pid/task/$rr_pid/children ] || while
    rr_sleeps=''
    { read -r rr_sleeps </proc/$rr_guard_pid/task/$rr_guard_pid/children; } 2>/dev/null
    [ -z "$rr_sleeps" ]
  do
    rr_look_up $rr_guard_pid
    case $rr_state in '' | Z | X) rr_leave nolimit ;; esac
  done
}

# Rests in pieces of at most a minute (a sleep left behind ends soon, a suspended host is noticed), the first one by a
# sleep that can be seen to have begun; then holds the command, opens descriptor 8 as the sign that it has begun to kill,
# and kills. Descriptor 7 is open as well where only a signal's exit code shows that it did. It ends early when nothing
# is left to guard. It traps nothing: dash loses a signal trapped just before `wait`.
rr_guard() {
  read -r rr_stat </proc/self/stat
  rr_helpers="$rr_helpers${rr_stat%% *} "
  rr_read_uptime
  rr_limit_at=$((rr_uptime + rr_limit))
  rr_measure_pause
  sleep $rr_seconds 2>/dev/null || sleep $rr_whole_seconds 2>/dev/null || [ $? -gt 128 ] || exit 1
  while
    rr_read_uptime
    [ $rr_uptime -lt $rr_limit_at ]
  do
    [ -e /proc/$rr_pid ] || {
      rr_scan
      [ "$rr_targets" ] || exit 0
    }
    rr_measure_pause
    rr_rest_for $rr_pause
  done
  while
    rr_scan
    rr_hold
    [ -z "$rr_held" ]
  do
    rr_look_up $rr_pid
    case $rr_state in '' | Z | X) break ;; esac
    rr_rest_for 10
  done
  # What was gone before did not reach its limit.
  [ "$rr_held$rr_targets" ] || exit 0
  [ -z "$rr_by_signal" ] || exec 7</dev/null
  exec 8</dev/null
  rr_kill
  [ -z "$rr_targets" ] || {
    rr_note_left
    rr_say left $rr_targets >&2
  }
  rr_record_dead
}

rr_measure_pause() {
  rr_pause=$((rr_limit_at - rr_uptime))
  [ $rr_pause -lt 6000 ] || rr_pause=6000
  rr_measure_rest $rr_pause
}

# A program that is dead records nothing.
rr_record_dead() {
  rr_look_up $rr_pid
  case $rr_state in '' | Z | X) echo 'tim 137' 1<>"$rr_record_file" ;; esac
}

# After the command's end: stops the guard first, so that the look at its descriptors is exact; if it has begun to
# kill it may finish, else it goes with its sleep.
rr_end_guard() {
  kill -s STOP $rr_guard_pid
  while rr_look_up $rr_guard_pid; do
    case $rr_state in R | S | D) ;; *) break ;; esac
  done
  if [ -e /proc/$rr_guard_pid/fd/8 ]; then
    [ -e /proc/$rr_guard_pid/fd/7 ] && [ $rr_code -le 128 ] || rr_cause=timedOut
    kill -s CONT $rr_guard_pid
  else
    rr_sleeps=''
    read -r rr_sleeps </proc/$rr_guard_pid/task/$rr_guard_pid/children
    kill -s KILL $rr_guard_pid $rr_sleeps
  fi
  wait $rr_guard_pid
} 2>/dev/null
