# The record of one attempt of a job on a host: a small file that is made atomically before the command starts. Lines:
#
#     claimed                    then `running`, by the command's process before it becomes the command, then `end NNN`,
#                                `tim NNN` (time limit) or `can NNN` (cancelled): 8 bytes each, written in place, so
#                                that a full disk takes the end as well; or `withdrawn`
#     c ATTEMPT NAME BOOT PID START SESSION DIGEST HOSTNAME .
#     h PID …                    helpers, which are not the command; known when this line is there
#     s PID START                which process is the command; it leads a session
#     left PID:START             a kill could not end it; -PID: somebody in this process group
#     o HEX …                    outputs of the command, before its end, as bytes; `o .` behind the last of them; or
#                                `o replaced`, `o unread`
#     why timedOut|cancelled     somebody is about to kill it; the file's sticky bit is then set, which the program sees
#                                at less cost than by reading; with `signal` behind it, it stands only where the exit
#                                code is that of a signal

# There can be no record, why, and of which user it would be (nothing where the directory is named without one).
rr_no_record() { rr_leave norecord $1 $rr_user; }

# Makes file $1 with text $2, or returns 1 where it is there already. The look before is needed since `set -C` opens a
# planted FIFO or device. rr_made tells a file that we made and could not fill (disk full) from one that we did not
# make: that one is another delivery's, and must stay. `echo`, since a failing redirection of a special builtin ends
# the shell.
rr_make() {
  rr_made=''
  set -C
  [ -e "$1" ] || [ -L "$1" ] || { { rr_made=1; echo "$2"; } >"$1"; } 2>/dev/null
  rr_status=$?
  set +C
  case $rr_made:$rr_status in
    1:0) return 0 ;;
    1:*)
      rm -f "$1"
      rr_no_record space
      ;;
  esac
  [ -e "$1" ] || rr_no_record file
  return 1
}

# The host's name: a record directory may be shared between hosts.
rr_read_hostname() {
  rr_hostname=''
  read -r rr_hostname </proc/sys/kernel/hostname
}
