# Reading a record.

# Takes file $1 apart.
rr_read_record() {
  rr_first='' rr_code='' rr_helpers=' ' rr_known=' ' rr_claimed='' rr_boot='' rr_left='' rr_outputs=''
  { [ -f "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; } || return
  {
    read -r rr_first rr_code
    while read -r rr_word rr_rest; do
      case $rr_word in
        h) rr_helpers="$rr_helpers$rr_rest " ;;
        s) rr_known=" s${rr_rest% *} ${rr_rest% *}:${rr_rest#* } " ;;
        left) rr_left="$rr_left $rr_rest" ;;
        o)
          rr_outputs="$rr_outputs
 $rr_rest"
          ;;
        c)
          set -- $rr_rest
          [ "${9-}" != . ] || { rr_claimed=1 rr_boot=$3 rr_pid=$4 rr_began=$5 rr_session=$6 rr_its_digest=$7 rr_its_hostname=$8; }
          ;;
      esac
    done
  } <"$1"
}

# What the record in file $1 means, in rr_answer, in words of a mark ($2: our digest; empty: any will do):
#
#     recorded CODE CAUSE BOOT PID… it has an end, and what a kill could not end
#     withdrawn                     it never began and never may
#     wait                          it lives: rr_pid, rr_began, rr_session say which process
#     unstarted                     its process is gone, and had not begun the command: it could not fork, or was killed
#     unknown gone|restarted|otherhost
#     other                         another command's record
#     torn                          empty or half written
#
# Only a session of its own counts: without one no record is made.
rr_read_state() {
  rr_read_record "$1"
  rr_owns_session=1 rr_answer=torn
  case $rr_first in withdrawn)
    rr_answer=withdrawn
    return
    ;;
  esac
  [ "$rr_claimed" ] || return
  [ -z "$2" ] || [ "$2" = "$rr_its_digest" ] || {
    rr_answer=other
    return
  }
  case $rr_first in
    end) rr_answer="recorded $rr_code - $rr_boot" ;;
    tim) rr_answer="recorded $rr_code timedOut $rr_boot" ;;
    can) rr_answer="recorded $rr_code cancelled $rr_boot" ;;
    claimed | running)
      rr_read_life "$1" "$2"
      return
      ;;
  esac
  [ -z "$rr_left" ] || rr_tell_left
}

# What a kill could not end, if it still lives. A group has a negative number, and nobody can look at it.
rr_tell_left() {
  [ "$rr_boot" = "$rr_this_boot" ] || rr_left=''
  for rr_entry in $rr_left; do
    rr_process=${rr_entry%:*}
    case $rr_entry in -*) ;; *)
      rr_look_up $rr_process
      case $rr_state:$rr_its_start in Z:* | X:*) continue ;; *:${rr_entry#*:}) ;; *) continue ;; esac
      ;;
    esac
    rr_answer="$rr_answer $rr_process"
  done
}

# Of a record without an end. It may get one, or begin, while we look. After a restart `claimed` says nothing: what was
# written last may be lost.
rr_read_life() {
  rr_answer='wait' rr_first_before=$rr_first
  if [ "$rr_boot" != "$rr_this_boot" ]; then
    rr_answer="unknown restarted $rr_boot"
  else
    rr_gone || return 0
    rr_answer='unknown gone'
    [ $rr_first = running ] || rr_answer=unstarted
  fi
  [ "$rr_its_hostname" = "$rr_hostname" ] || rr_answer='unknown otherhost'
  rr_read_record "$1"
  [ "$rr_first" = $rr_first_before ] || rr_read_state "$1" "$2"
}

# The state of the record in file $1 (of digest $2), which is waited for if it is just being written.
rr_settle() {
  rr_settle_tries=0
  while
    rr_read_state "$1" "$2"
    [ "$rr_answer" = torn ] && [ $rr_settle_tries -lt 25 ]
  do
    rr_settle_tries=$((rr_settle_tries + 1))
    rr_rest_for 20
  done
}
