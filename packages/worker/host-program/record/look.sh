# What a second delivery does: it looks at the record until that says something final.

# The death by SIGPIPE ends a waiter whose channel is gone.
rr_look() {
  rr_this_boot=$rr_boot rr_this_began=$rr_began
  rr_looks=0
  while :; do
    rr_read_state "$rr_record_file" $rr_digest
    case $rr_answer in
      wait)
        [ $((rr_looks % 5)) -gt 0 ] || {
          rr_measure_life
          rr_say $rr_answer >&2 || exit 0
        }
        ;;
      withdrawn) rr_leave_withdrawn ;;
      torn) [ $rr_looks -lt 25 ] || rr_leave unknown torn ;;
      *) rr_leave_state ;;
    esac
    rr_looks=$((rr_looks + 1))
    rr_rest_for 20
  done
}

# How long the claimed process had lived when we started, and which one it is: the rest of the mark `wait`.
rr_measure_life() {
  rr_answer="wait $((rr_this_began - rr_began)) $rr_pid $rr_began $rr_session 1 $rr_boot"
}
