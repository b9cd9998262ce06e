# The start mark, with what names this process for ever: boot id, process id, start time, session.

# The login may have exported options (SHELLOPTS). With -a all of our variables would be the command's as well, with -x
# our words would be traced.
rr_reset_options() { set +aefuvxC; }

rr_start() {
  IFS=' ' rr_boot='' rr_stat=''
  rr_say start
  read -r rr_boot </proc/sys/kernel/random/boot_id
  read -r rr_stat </proc/self/stat
  # Up to the last `) `, since a process may have blanks and brackets in its name.
  rr_pid=${rr_stat%% *} rr_stat=${rr_stat##*\) }
  set -- $rr_stat
  rr_session=$4 rr_began=${20}
}

rr_tell_start() {
  rr_say start ${rr_pid:-0} ${rr_began:-0} ${rr_session:-0} $rr_owns_session ${rr_boot:--} >&2
}

# Whether the session is ours alone. OpenSSH makes one for each channel; elsewhere setsid did, if we lead it.
rr_find_session() {
  rr_owns_session=0
  [ "$rr_session" != $$ ] || rr_owns_session=1
}

# The same where sudo started us: it leads the session, unless it passed that on.
rr_find_session_of_sudo() {
  rr_find_session
  [ "$rr_session" != $PPID ] || rr_owns_session=1
}

# The same where the shell that prepared sudo's password led the session; what it was cannot be seen everywhere.
rr_find_session_of_askpass() {
  rr_find_session_of_sudo
  [ -z "$rr_alone" ] || rr_owns_session=1
}
