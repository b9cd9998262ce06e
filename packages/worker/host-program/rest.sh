# Waiting, also where the user has no process left for a sleep.

# So many hundredths of a second as seconds, and as whole ones for a sleep that knows no fractions.
rr_measure_rest() {
  rr_seconds=$(($1 % 100))
  [ $rr_seconds -gt 9 ] || rr_seconds=0$rr_seconds
  rr_seconds=$(($1 / 100)).$rr_seconds rr_whole_seconds=$(($1 / 100 + 1))
}

# Rests for so many hundredths of a second. bash has a read that waits for what never comes, zsh a builtin of its own:
# neither outlives a fork that fails. dash and busybox do with `command eval`: where their sleep cannot be, a fifth of a
# second passes by looks at the clock, and the next rest tries a sleep again.
rr_rest_for() {
  rr_measure_rest $1
  TMOUT=$rr_seconds read -r rr_line </dev/udp/127.0.0.1/9
  [ $? -lt 128 ] || return 0
  [ -z "${ZSH_VERSION-}" ] || ! zmodload zsh/zselect || {
    zselect -t $1
    return 0
  }
  ! command eval 'sleep $rr_seconds || sleep $rr_whole_seconds' || return 0
  rr_read_uptime
  rr_rest_end=$((rr_uptime + 20))
  while
    rr_read_uptime
    [ $rr_uptime -lt $rr_rest_end ]
  do :; done
} 2>/dev/null
