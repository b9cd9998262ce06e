# Earlier attempts of the same task, before a new one may start.

# Closes them: one that has no record is withdrawn, one that has an end or is proved gone is done; one that lives, or
# of which nothing is known, forbids ours.
rr_close_earlier() {
  # Reading a claim puts its process where ours is noted.
  rr_ours="$rr_boot $rr_pid $rr_began $rr_session" rr_this_boot=$rr_boot
  [ -e "$rr_record_file" ] || rr_close_all
  set -- $rr_ours
  rr_boot=$1 rr_pid=$2 rr_began=$3 rr_session=$4 rr_owns_session=1
}

rr_close_all() {
  rr_earlier=$((rr_attempt - 1))
  while [ $rr_earlier -gt 0 ]; do
    rr_earlier_file=${rr_record_file%.*}.$rr_earlier
    rr_make "$rr_earlier_file" withdrawn || {
      rr_settle "$rr_earlier_file" ''
      case $rr_answer in
        recorded\ *\ *\ *\ *) rr_leave prior $rr_earlier ;;
        recorded* | unstarted | unknown\ gone | unknown\ restarted*) return ;;
        withdrawn) ;;
        *) rr_leave prior $rr_earlier ;;
      esac
    }
    rr_earlier=$((rr_earlier - 1))
  done
}
