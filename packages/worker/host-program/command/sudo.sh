# A password for sudo never goes where the program goes. sudo is told to ask a helper (-A): /bin/sh, with a script's
# path as the prompt, so that the file needs no exec permission. Only if sudo really wants a password, and shows our
# prompt and no other (a second factor's), does the helper say the mark `password` and read a FIFO, into which a channel
# of its own writes. Asked again (the password was wrong), it has nothing to give, and sudo ends.

# Runs as the login user; the shell that sudo starts reads on from the same stdin.
rr_become() {
  rr_password_place=$rr_directory/p-$rr_public_name
  {
    mkdir -m 700 "$rr_password_place" && mkfifo -m 600 "$rr_password_place/f" &&
      echo 'd=${0%/*};[ -p "$d/f" ]||exit 1;echo '"$rr_mark_prefix"'password >&2;head -n 1 "$d/f";rm -f "$d/f"' >"$rr_password_place/a"
  } || rr_no_record space
  read -r rr_stat </proc/self/stat
  set -- ${rr_stat##*\) }
  if [ "${4-}" = $$ ]; then rr_say alone >&2; else rr_say sudo >&2; fi
  SUDO_ASKPASS=/bin/sh sudo -A -p "$rr_password_place/a" -u "$rr_become_user" -- /bin/sh
  rr_code=$?
  rm -rf "$rr_password_place"
  exit $rr_code
}

# Runs as the login user in another channel: says `ready`, and passes the one line that then comes to the helper. It
# holds the FIFO open until its channel is closed, since a line that is written before the helper reads would be gone
# with the writer.
rr_pass_on() {
  rr_say start
  rr_say start >&2
  rr_password_place=$rr_directory/p-$rr_public_name
  [ -p "$rr_password_place/f" ] || rr_leave gone
  exec 9<>"$rr_password_place/f"
  rr_say ready >&2
  head -n 1 >&9
  TMOUT='' read -r rr_line
  rr_leave given
}
