# The same of a process that its start mark told.

rr_kill_process() {
  rr_take_order
  rr_hold_command rr_unless_gone
  rr_end_targets
  rr_leave killed $rr_by_signal
}

rr_unless_gone() { ! rr_gone || rr_leave gone; }

# Ends what is asked before the command, and spares the command: says `spared` where that may have begun.
rr_kill_asked() {
  rr_take_order
  rr_targets=''
  rr_hold_command rr_unless_begun
  rr_unless_begun
  rr_end_targets
  rr_leave killed
}

# The only helper that is told while `unless` is asked is its guard, which goes before the command begins: whoever was
# held while it lives is no command.
rr_unless_begun() {
  rr_unless_gone
  for rr_process in $rr_told_helpers; do
    rr_look_up $rr_process
    case $rr_state in '' | Z | X) ;; *) return ;; esac
  done
  [ -z "$rr_targets" ] || kill -s CONT $rr_targets 2>/dev/null
  rr_leave spared
}

rr_take_order() {
  set -- $rr_told
  rr_this_boot=$rr_boot
  [ "$rr_boot" = $1 ] || rr_leave gone
  rr_pid=$2 rr_began=$3 rr_session=$4 rr_owns_session=$5 rr_helpers=$rr_told_helpers rr_known=' '
}

# A known process that has no record has not claimed its attempt yet, and never will once we have: it ends by itself.
# Or its record was taken away, and it is killed all the same.
rr_kill_unrecorded() {
  [ ! -e "$rr_record_file" ] && [ ! -L "$rr_record_file" ] || return
  rr_withdrew=''
  [ -d "$rr_directory" ] || command eval 'mkdir -m 1700 "$rr_directory"' 2>/dev/null
  [ ! -L "$rr_directory" ] && [ -O "$rr_directory" ] && rr_make "$rr_record_file" withdrawn && rr_withdrew=1
  [ "$rr_withdrew" ] || [ ! -e "$rr_record_file" ] || return
  rr_take_order
  rr_going_tries=0
  while ! rr_gone && [ "$rr_withdrew" ] && [ $rr_going_tries -lt 20 ]; do
    rr_going_tries=$((rr_going_tries + 1))
    rr_rest_for 10
  done
  rr_scan
  [ "$rr_targets" ] || {
    [ -z "$rr_withdrew" ] || rr_leave withdrawn
    rr_leave gone
  }
  rr_end_targets
  rr_leave killed
}
