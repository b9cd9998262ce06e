# What a host that has no record says to who asked before, and which host it is: a boot, and a container of it.

rr_has_record() { [ -e "$rr_record_file" ] || [ -L "$rr_record_file" ]; }

# Its start was heard: it is never started again.
rr_recall_start() {
  rr_has_record || {
    rr_read_age
    rr_leave forgotten $rr_boot $rr_container
  }
}

# Nothing was heard: who asks can tell by the age whether the record went with what the host was.
rr_recall_nothing() {
  rr_has_record || {
    rr_read_age
    rr_leave unproved $rr_boot $rr_container $rr_age
  }
}

# It was told so, and may start where that was.
rr_recall_place() {
  rr_has_record || {
    rr_read_age
    [ "$rr_boot $rr_container" = "$rr_place_before" ] || rr_leave restarted
  }
}

# That an attempt is closed says nothing of one that began before the host was restarted, or made anew.
rr_leave_withdrawn() {
  rr_read_age
  rr_leave withdrawn $rr_this_boot $rr_container $rr_age
}

# When the first process was started, which no other container of this boot shares; `-` where it is hidden.
rr_read_container() {
  rr_container=-
  rr_look_up 1
  case $rr_its_start in
    '' | *[!0-9]*) ;;
    *) rr_container=$rr_its_start ;;
  esac
}

# The container, and for how long it has been up, in hundredths of a second, by clocks of one kind: our start is so
# much later than that of the first process. Where that is hidden (hidepid) a machine's uptime will do, which a
# container that is not the machine must not be taken for.
rr_read_age() {
  rr_read_container
  rr_age=0
  if [ $rr_container != - ]; then
    rr_age=$((rr_began - rr_container))
  else
    case $(readlink /proc/self/ns/pid 2>/dev/null) in
      'pid:[4026531836]')
        rr_read_uptime
        rr_age=$rr_uptime rr_container=0
        ;;
    esac
  fi
}
