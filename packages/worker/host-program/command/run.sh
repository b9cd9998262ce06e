# The command in a process of its own, from the claim to its end.

# We outlive the channel, to record the end.
rr_outlive() {
  trap '' PIPE
  rr_helpers=' ' rr_known=' ' rr_cause=''
}

# Notes the helpers, be there none, so that they are not taken for the command. Whoever kills waits for that.
rr_note_helpers() { echo "h$rr_helpers" >>"$rr_record_file"; }

# The same where no record is made.
rr_tell_helpers() { rr_say helpers $rr_helpers >&2; }

# The task's variables are set inside the parentheses, so that a PATH or an LD_PRELOAD of the task never meets our
# program; the outer redirection swallows the shell's "Terminated".
rr_run() {
  {
    (
      rr_tell_command
      trap - PIPE
      rr_command
    ) </dev/null 2>&3 3>&-
    rr_code=$?
  } 3>&2 2>/dev/null
}

# The command has a session of its own, where the host has setsid(1): `kill 0` in it signals nobody else.
rr_find_setsid() {
  rr_setsid='' IFS=:
  for rr_folder in $PATH; do [ ! -x "$rr_folder/setsid" ] || rr_setsid=$rr_folder/setsid; done
  IFS=' '
}

# The record will tell that the command's own process is there.
rr_tell_command() { :; }

# The last act before the command, by its own process: it begins, and which process is to be the command, and so which
# session. Nothing begins of which this cannot be noted: whoever reads `claimed` of a process that is gone may say that
# it began nothing.
rr_note_command() {
  echo running 1<>"$rr_record_file" || rr_give_up
  [ "$rr_setsid" ] || return 0
  read -r rr_stat </proc/self/stat
  rr_process=${rr_stat%% *}
  set -- ${rr_stat##*\) }
  echo "s $rr_process ${20}" >>"$rr_record_file"
}

rr_give_up() {
  kill -s KILL $rr_pid
  rr_no_record file
}

# Writes the end over the first line: the first three letters of the cause that somebody noted first.
rr_record_end() {
  [ ! -k "$rr_record_file" ] || while read -r rr_word rr_why rr_rest; do
    [ "$rr_word" != why ] || {
      [ "$rr_rest" ] && [ $rr_code -le 128 ] || rr_cause=$rr_why
      break
    }
  done <"$rr_record_file"
  rr_word=${rr_cause:-end} rr_rest=00$rr_code
  echo "${rr_word%"${rr_word#???}"} ${rr_rest#"${rr_rest%???}"}" 1<>"$rr_record_file"
}

rr_tell_end() {
  rr_say end
  rr_say end $rr_code ${rr_cause:--} >&2
}
