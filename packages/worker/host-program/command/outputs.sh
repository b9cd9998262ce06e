# Outputs: values that the command hands to later jobs, as lines NAME=VALUE in the file that its RR_OUT names. Only where
# somebody wants them, since they cost two processes. The worker says what the bytes mean.

# What is made from here on is closed to other users; the command gets its own mask back.
rr_close_files() {
  rr_umask=$(umask)
  umask 077
}

# Makes the file in the record directory, which is ours alone, and holds it open: whatever the command, or a child that
# it leaves behind, puts in its place is never opened.
rr_make_outputs() {
  set -C
  { true >"$rr_outputs_file"; } 2>/dev/null
  rr_status=$?
  set +C
  if [ $rr_status != 0 ] || [ ! -r "$rr_outputs_file" ]; then rr_leave nooutputs $rr_user; fi
  exec 4<"$rr_outputs_file"
}

# Reads it once, and no more of it than says that there is too much: bytes as hex digits, in lines that make one write
# each as words of ours (od of coreutils, busybox and toybox knows -w), and a line `.`. Else one line: `replaced` or
# `unread`. A stop that comes meanwhile counts as one that came while the command ran.
rr_take_outputs() {
  rr_outputs=' replaced'
  if [ ! -e /proc/self/fd/4 ] || [ "$rr_outputs_file" -ef /proc/self/fd/4 ]; then
    if rr_outputs=$(od -An -v -tx1 -w1264 -N 65537 <&4); then
      rr_outputs="$rr_outputs
 ."
    else
      rr_outputs=' unread'
    fi
  fi
} 2>/dev/null

# Into the record, before its end: whoever reads that has them too.
rr_record_outputs() {
  IFS='
'
  for rr_line in $rr_outputs; do echo "o$rr_line"; done >>"$rr_record_file"
  IFS=' '
} 2>/dev/null
