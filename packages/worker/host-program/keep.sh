# A kept shell: it serves one task after another. Each task is a subshell, which does what a shell of its own would do;
# what is here runs in the shell itself, without a fork. The worker sends nothing while a task runs, and takes nothing
# for idle that has not said so.
#
# Nothing of one task may ever meet another: a child that a command left behind may hold the streams, in a session of
# its own, as another user. So the shell goes on only where nothing of the task is left. Every process got its number
# while the task ran, and numbers are given out in turn.

# After the first task, for which nobody waits. rr_keeps: it may serve another one. Not where commands would be in the
# shell's own session (no setsid), nor where /proc tells of other numbers than ours.
rr_begin_keeping() {
  rr_keeps='' rr_ancestors='' rr_place=$PWD rr_stat='' rr_numbers=0
  { read -r rr_stat </proc/self/stat; } 2>/dev/null
  rr_find_setsid
  [ "${rr_stat%% *}" != $$ ] || [ -z "$rr_setsid" ] || rr_keeps=1
}

# Before each other task: says `hello` after prefix $1, unless a new login would be another one. It goes where the
# login was, since between tasks it must not hold a file system.
rr_answer_call() {
  for rr_file in /etc/environment /etc/security/pam_env.conf "$HOME/.pam_environment" "$HOME/.ssh/environment" \
    /etc/ssh/sshrc "$HOME/.ssh/rc" /etc/bash.bashrc /etc/bashrc "$HOME/.bashrc" /etc/zshenv /etc/zsh/zshenv \
    "$HOME/.zshenv" /etc/csh.cshrc "$HOME/.cshrc" "$HOME/.tcshrc" /etc/fish/config.fish \
    "$HOME/.config/fish/config.fish"; do
    [ ! "$rr_file" -nt /proc/$$ ] || exit 0
  done
  CDPATH='' cd -- "$rr_place" 2>/dev/null || exit 0
  unset -v OLDPWD
  echo "$1hello" >&2
}

# Descriptor 9 is stderr until the task is over: what the shell itself would say of a task that a signal ends is nobody's.
rr_begin_task() {
  exec 9>&2 2>/dev/null
  IFS=' ' rr_ended=0
  rr_read_last_number
  rr_first_number=$rr_last_number
  rr_read_uptime
  rr_first_uptime=$rr_uptime
}

# After a task that did not end as it should: ends as its shell did.
rr_end_as_task() {
  [ $rr_ended -lt 129 ] || kill -$((rr_ended - 128)) $$
  [ $rr_ended = 0 ] || exit $rr_ended
}

# Then says `settled` on both streams: $1 (which task), the numbers before and after, when, and how many there are.
rr_settle_task() {
  [ "$rr_keeps" ] || exit 0
  cd /
  rr_read_uptime
  [ $rr_numbers -gt 0 ] || [ $((rr_uptime - rr_first_uptime)) -lt 30 ] || rr_count_numbers
  rr_is_alone || exit 0
  rr_read_uptime
  exec 2>&9 9>&-
  rr_say settled $1
  rr_say settled $1 $rr_first_number $rr_last_number $rr_uptime $rr_numbers >&2
}

# How many numbers there are, which is asked for after a task of some length alone: more than the least that a kernel has
# prove nothing after a short one. /proc/sys gives a number to one read(2), and shells read by the byte.
rr_count_numbers() {
  rr_numbers=$(cat /proc/sys/kernel/pid_max)
  case $rr_numbers in '' | *[!0-9]*) rr_numbers=0 ;; esac
}

# The process number that was given out last.
rr_read_last_number() {
  rr_rest=''
  read -r rr_rest </proc/loadavg
  rr_last_number=${rr_rest##* }
  case $rr_last_number in '' | *[!0-9]*) rr_keeps='' rr_last_number=0 ;; esac
}

# Nothing of the task is left. Who is being begun meanwhile has a parent with a lower number; all are looked at when the
# last number is still the last one after the look.
rr_is_alone() {
  [ -e /proc/1/stat ] || return
  rr_number=$rr_first_number rr_rounds=0
  while
    rr_read_last_number
    [ $rr_number -lt $rr_last_number ]
  do
    rr_rounds=$((rr_rounds + 1))
    [ $rr_rounds -le 10 ] && [ $((rr_last_number - rr_first_number)) -le 100 ] || return
    while [ $rr_number -lt $rr_last_number ]; do
      rr_number=$((rr_number + 1))
      [ ! -e /proc/$rr_number ] || rr_is_others $rr_number || return
    done
  done
  [ $rr_number = $rr_last_number ] && [ $rr_number -gt $rr_first_number ]
}

# Process $1, of a number in question, is dead or is not the task's: it does not hold the streams, and was begun by
# somebody who is older than the task and who cannot have adopted it, since only those above us adopt what it leaves.
rr_is_others() {
  [ "$rr_ancestors" ] || rr_list_above
  rr_leader=$1
  # A thread is of a process.
  while read -r rr_line; do
    case $rr_line in Tgid:?*)
      rr_leader=${rr_line#Tgid:?}
      break
      ;;
    esac
  done </proc/$1/status
  rr_entry=$rr_leader
  while [ $rr_entry -gt $rr_first_number ]; do
    [ $rr_entry -le $rr_last_number ] || return
    rr_look_up $rr_entry
    if [ $rr_entry = $rr_leader ]; then
      set -- ${rr_stat##*\) }
      # A zombie holds nothing, unless threads of it live.
      case $rr_state:${18-} in :* | [ZX]:[01]) return 0 ;; esac
      for rr_file in "/proc/$rr_entry/fd/"*; do
        ! [ "$rr_file" -ef /proc/$$/fd/1 ] && ! [ "$rr_file" -ef /proc/$$/fd/9 ] || return
      done
    fi
    rr_entry=${rr_parent:-$((rr_last_number + 1))}
  done
  case $rr_ancestors in *" $rr_entry "*) return 1 ;; esac
}

# The shell and all above it.
rr_list_above() {
  rr_ancestors=" 0 1 $$ " rr_process=$$
  while
    rr_look_up $rr_process
    rr_process=${rr_parent:-0}
    [ $rr_process -gt 1 ]
  do rr_ancestors="$rr_ancestors$rr_process "; done
}
