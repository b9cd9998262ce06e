# `onDisconnect: "finish"`: the command's writes must not meet a broken pipe when the connection goes.

# Where the channel's pipes are ours to open again (OpenSSH; dropbear as root), the program holds their read ends and a
# drainer sits on the channel's stdin; it reads the pipes empty only after that has ended. One fork, and no process
# more until then. The worker has to leave stdin open for it. Tested before, never tried: a failing `exec` redirection
# ends dash.
#
# Elsewhere each stream goes through tee(1), which reads on when its reader is gone. Redirections are made with `exec`
# inside the pipeline's members, and its last member has parentheses of its own: dash keeps copies of redirected
# descriptors in what it forks, zsh would run the last member in the shell itself.
rr_with_drain() {
  if [ -p /proc/self/fd/1 ] && [ -r /proc/self/fd/1 ] && [ -p /proc/self/fd/2 ] && [ -r /proc/self/fd/2 ]; then
    rr_relayed=''
    rr_program
  else
    rr_relayed=1
    # A waiter must not sit behind relays, which would hide from it that its channel is gone.
    rr_look_first
    {
      exec 3>&1
      {
        exec 2>&1 >&3 3>&-
        rr_program
      } | (
        exec >&2 3>&-
        rr_relay
      )
    } | (rr_relay)
    rr_end
  fi
}

rr_relay() {
  trap '' PIPE
  exec tee /dev/null 2>/dev/null
}

rr_start_drainer() {
  rr_drainer=''
  [ "$rr_relayed" ] || {
    exec 5</proc/self/fd/1 6</proc/self/fd/2 7<&0
    (
      exec >/dev/null 2>&1
      # bash takes TMOUT for the time limit of a read.
      while TMOUT='' read -r rr_line; do :; done <&7
      cat <&5 &
      exec cat <&6
    ) &
    rr_drainer=$! rr_helpers="$rr_helpers$! "
  }
}

# The command inherits none of the drainer's descriptors.
rr_close_drainer() { exec 5<&- 6<&- 7<&-; }

rr_end_drainer() {
  [ -z "$rr_drainer" ] || {
    kill -s KILL $rr_drainer
    wait $rr_drainer
  } 2>/dev/null
}
