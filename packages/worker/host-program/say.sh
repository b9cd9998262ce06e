# Our words. Each is a line that begins with a prefix of this submission, so that no command says one by accident.

# Says a mark: its word and its arguments.
rr_say() { echo "$rr_mark_prefix$*"; }

# Says a mark on stderr, and ends the program: nothing of the command was started, or all is told.
rr_leave() {
  rr_say "$@" >&2
  rr_say end
  rr_say end - >&2
  exit 0
}
