# What /proc tells of time and of one process. No fork.

# The host's uptime, in hundredths of a second.
rr_read_uptime() {
  read -r rr_uptime rr_line </proc/uptime
  rr_uptime=${rr_uptime%.*}${rr_uptime#*.}
}

# State, parent, session and start time of process $1, empty if there is none. Its name may hold newlines, so that all
# lines are read.
rr_look_up() {
  rr_stat=''
  {
    read -r rr_stat
    while read -r rr_line; do rr_stat="$rr_stat $rr_line"; done
  } </proc/$1/stat
  set -- ${rr_stat##*\) }
  rr_state=${1-} rr_parent=${2-} rr_its_session=${4-} rr_its_start=${20-}
} 2>/dev/null
