# Finding what a command started, wherever it has gone: children of the program and theirs, whoever is in a session that
# one of them began, and whoever has the program's tag in the environment. Spared are the program itself, which then
# records the end and answers, its helpers with their children, and where the session is the program's own, its
# ancestors there and their other children (relays).

# The processes to end, in rr_targets. Zombies count as dead. No fork. Those who left the family are looked for where
# nothing else is left.
rr_scan() {
  rr_list
  rr_grow
  [ "$rr_targets" ] || rr_find_tagged
}

# Who lives, in rr_seen: PID:PARENT:SESSION:START. Whoever is older than the program is not of its family, and whoever
# has no session is the kernel's.
rr_list() {
  rr_seen='' rr_targets='' rr_family=' ' rr_spared=" $rr_pid "
  for rr_process in /proc/[0-9]*; do
    rr_process=${rr_process#/proc/}
    rr_look_up $rr_process
    case $rr_state:$rr_its_session in :* | Z:* | X:* | *:0) continue ;; esac
    # Numbers are used again, that of a session when nothing is left of it.
    case $rr_known in *" s$rr_process "*)
      case $rr_known in *" $rr_process:$rr_its_start "*) ;; *) rr_known=' ' ;; esac
      ;;
    esac
    [ $rr_its_start -ge $rr_began ] || continue
    [ $rr_process != $rr_pid ] || [ $rr_its_start != $rr_began ] || rr_family=" $rr_pid "
    rr_seen="$rr_seen $rr_process:$rr_parent:$rr_its_session:$rr_its_start"
  done
  rr_process=$rr_pid
  while
    rr_look_up $rr_process
    rr_process=$rr_parent
    [ "$rr_process" ] && [ $rr_its_session = $rr_session ]
  do rr_spared="$rr_spared$rr_process "; done
}

# Whoever belongs to one of the family. rr_known remembers it when parents die: processes as PID:START, and the sessions
# that they began as `s` and a number.
rr_grow() {
  rr_grown=1
  while [ "$rr_grown" ]; do
    rr_grown=''
    for rr_entry in $rr_seen; do
      rr_process=${rr_entry%%:*} rr_rest=${rr_entry#*:}
      case $rr_family$rr_spared in *" $rr_process "*) continue ;; esac
      rr_parent=${rr_rest%%:*} rr_rest=${rr_rest#*:}
      case $rr_helpers in *" $rr_process "* | *" $rr_parent "*) continue ;; esac
      rr_its_session=${rr_rest%:*} rr_entry=$rr_process:${rr_rest#*:}
      case "$rr_family$rr_known" in *" $rr_parent "* | *" s$rr_its_session "* | *" $rr_entry "*) ;; *)
        [ $rr_owns_session:$rr_its_session = 1:$rr_session ] || continue
        case $rr_spared in *" $rr_parent "*) continue ;; esac
        ;;
      esac
      rr_targets="$rr_targets $rr_process" rr_grown=1
      rr_family="$rr_family$rr_process "
      case $rr_known in *" $rr_entry "*) ;; *) rr_known="$rr_known$rr_entry " ;; esac
      case $rr_known in *" s$rr_its_session "*) ;; *)
        [ $rr_its_session = $rr_session ] || rr_known="${rr_known}s$rr_its_session "
        ;;
      esac
    done
  done
}

# Whoever has the tag, and their families. An environment is one line without an end, unless a value has newlines.
rr_find_tagged() {
  for rr_entry in $rr_seen; do
    rr_process=${rr_entry%%:*}
    case $rr_family$rr_spared$rr_helpers in *" $rr_process "*) continue ;; esac
    [ -r /proc/$rr_process/environ ] || continue
    while
      rr_line=''
      IFS='' read -r rr_line || [ "$rr_line" ]
    do
      case $rr_line in *"RR_TAG=$rr_pid.$rr_began."*)
        rr_known="$rr_known$rr_process:${rr_entry##*:} "
        break
        ;;
      esac
    done </proc/$rr_process/environ
  done 2>/dev/null
  rr_grow
}
