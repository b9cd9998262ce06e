# Programs of their own, in another channel than the command's: they end it, or keep it from ever beginning. Each says
# one of `killed` (with `signal` behind it: only a signal's exit code shows that we did), `recorded CODE CAUSE BOOT`,
# `gone`, `unknown …`, `left PID …` (still there after ten times KILL: processes of another user), `spared` (only `unless`
# was to be ended, and the command may have begun) or, having made sure that it never starts, `withdrawn`.

rr_withdraw() {
  rr_this_boot=$rr_boot
  ! rr_make "$rr_record_file" withdrawn || rr_leave_withdrawn
}

# Having tried to withdraw: what became of the attempt.
rr_tell_state() {
  rr_this_boot=$rr_boot rr_this_began=$rr_began
  rr_read_state "$rr_record_file" "$rr_digest"
  case $rr_answer in
    wait) rr_measure_life ;;
    withdrawn) rr_leave_withdrawn ;;
  esac
  rr_leave_state
}

# Ends what the record names.
rr_kill_recorded() {
  rr_this_boot=$rr_boot
  rr_unless_ended
  # The sticky bit alone says nothing, so the fork that sets it comes before the hold.
  command eval 'chmod +t "$rr_record_file"'
  rr_hold_command rr_unless_ended
  # The note why is made of a command that is held: it has not ended, and when it ends, its program reads the note.
  echo "why $rr_why${rr_by_signal:+ $rr_by_signal}" >>"$rr_record_file"
  rr_end_targets
  rr_await_end
  rr_leave killed
}

rr_unless_ended() {
  rr_settle "$rr_record_file" "$rr_digest"
  [ "$rr_answer" = wait ] || rr_leave_state
}

# Holds the command, or learns by $1 that it has ended. Not before it is known which children are helpers (rr_helpers
# is more than one blank), and not where the time limit's guard kills already (its descriptor 8). A program without a
# child is about to begin its command, or to tell its end; one that is still without after five seconds does neither
# any more, and is ended, so that it never begins.
rr_hold_command() {
  rr_hold_tries=0
  while :; do
    $1
    rr_scan
    rr_held='' rr_by_signal='' rr_guard_kills=''
    for rr_process in $rr_helpers; do [ ! -e /proc/$rr_process/fd/8 ] || rr_guard_kills=1; done
    [ "$rr_guard_kills" ] || [ "$rr_helpers" = ' ' ] || rr_hold
    [ -z "$rr_held" ] || break
    rr_look_up $rr_pid
    case $rr_state in '' | Z | X) break ;; esac
    [ $rr_hold_tries -lt 50 ] || {
      kill -s KILL $rr_pid
      rr_rest_for 10
      rr_scan
      break
    }
    [ "$rr_guard_kills" ] || rr_hold_tries=$((rr_hold_tries + 1))
    rr_rest_for 10
  done
}

rr_end_targets() {
  rr_kill
  [ -z "$rr_targets" ] || {
    rr_note_left
    rr_leave left $rr_targets
  }
}

# The killed program records its end itself; a dead one's end is written for it.
rr_await_end() {
  rr_end_tries=0
  while [ -f "$rr_record_file" ]; do
    rr_read_state "$rr_record_file" ''
    case $rr_answer in recorded*) rr_leave_state ;; esac
    rr_look_up $rr_pid
    case $rr_state in '' | Z | X)
      echo "${rr_why%"${rr_why#???}"} 137" 1<>"$rr_record_file"
      rr_leave recorded 137 $rr_why $rr_boot
      ;;
    esac
    [ $rr_end_tries -lt 50 ] || break
    rr_end_tries=$((rr_end_tries + 1))
    rr_rest_for 10
  done
}
