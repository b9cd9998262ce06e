# Where there is no record the command's own process says that it is there: a shell that ended and never said so had no
# process for it.
rr_tell_command() { rr_say running >&2; }
