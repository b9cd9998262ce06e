# The question before the command: `unless`. Nothing is recorded while it is asked, and nothing of it may meet the
# command: neither a process that it left, nor what that would write.

# Says `asking`, and when it has ended `asked CODE CAUSE`, on both streams; what comes in between are its own words. With
# 1 to 125 the program goes on to the command, else it ends here. No record tells a killer who the helpers are.
rr_ask_unless() {
  rr_helpers=' ' rr_known=' ' rr_cause=''
  rr_hide_record
  rr_start_guard
  rr_tell_helpers
  rr_say asking
  rr_say asking >&2
  rr_read_last_number
  rr_first_number=$rr_last_number
  rr_asker=''
  {
    # zsh takes a child of a substitution that is stopped for one that has ended, and goes on.
    if [ "${ZSH_VERSION-}" ]; then (rr_ask >/dev/null); else rr_asker=$(rr_ask); fi
    rr_code=$?
  } 3>&2 4>&1 2>/dev/null
  rr_end_guard
  rr_end_left
  rr_show_record
  rr_say asked $rr_code ${rr_cause:--}
  case $rr_cause:$rr_code in
    :[1-9] | :[1-9][0-9] | :1[01][0-9] | :12[0-5]) rr_say asked $rr_code - >&2 ;;
    *) rr_leave asked $rr_code ${rr_cause:--} ;;
  esac
}

# Tells its process, which has a session of its own where the host has setsid(1), and holds nothing of the substitution
# when it becomes what is asked.
rr_ask() {
  read -r rr_stat </proc/self/stat
  echo ${rr_stat%% *}
  exec </dev/null >&4 2>&3 3>&- 4>&-
  rr_unless
}

# The guard notes in the record what becomes of the command; of this there is none.
rr_hide_record() { rr_kept_file=$rr_record_file rr_record_file=/dev/null; }

rr_show_record() { rr_record_file=$rr_kept_file; }

# Ends what it left running. What cannot be ended is told, and the program ends.
rr_end_left() {
  ! rr_is_left || {
    rr_known=" s$rr_asker "
    rr_scan
    rr_kill
    [ -e /proc/1/stat ] || rr_find_hidden
    [ -z "$rr_targets" ] || {
      rr_cause=${rr_cause:-left}
      rr_say left $rr_targets >&2
    }
  }
}

# Whether anything may be left. Process numbers are given out in turn, so nothing is where none of those since is in use:
# of our own numbers, as that of the guard shows, which was begun just before.
rr_is_left() {
  rr_number=$rr_first_number
  [ -e /proc/1/stat ] && [ $rr_number -ge $rr_guard_pid ] && [ $((rr_number - rr_guard_pid)) -le 100 ] || return 0
  while
    rr_read_last_number
    [ $rr_number != $rr_last_number ]
  do
    [ $rr_number -lt $rr_last_number ] && [ $((rr_last_number - rr_first_number)) -le 100 ] || return 0
    rr_number=$((rr_number + 1))
    [ ! -e /proc/$rr_number ] || return 0
  done
  # Our own fork has a number: where none was given out they are not told.
  [ $rr_number = $rr_first_number ]
}
