# Where the command runs and with what: what is missing is said before anything began.

rr_enter_cwd() { CDPATH='' cd -- "$rr_cwd" 2>/dev/null || rr_leave nocwd; }

# sudo leaves us in the login user's home, which the other user may not enter.
rr_enter_home() { CDPATH='' cd -- "$HOME" 2>/dev/null || cd /; }

# A program by its path.
rr_need_file() {
  { [ -f "$rr_shell" ] && [ -x "$rr_shell" ]; } || rr_leave noshell
}

# A program by its name.
rr_need_program() { command -v "$rr_shell" >/dev/null || rr_leave noshell; }
