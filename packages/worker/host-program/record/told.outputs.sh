# The same where outputs are wanted, which come before the end.
rr_leave_state() {
  rr_tell_outputs
  rr_leave $rr_answer
}

rr_tell_outputs() {
  IFS='
'
  for rr_line in $rr_outputs; do rr_say "out$rr_line" >&2; done
  IFS=' '
}
