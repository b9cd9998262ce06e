# The directory of the records: private to the user that runs the command.

rr_find_user() { rr_user=${LOGNAME:-$(id -un)}; }

# Without the sticky bit anybody could put another directory in its place.
rr_need_sticky() { [ -k /var/tmp ] || rr_no_record sticky; }

# Makes the directory where it is missing, and says why where it cannot be used. mkdir is the only fork.
rr_make_directory() {
  [ -d "$rr_directory" ] || mkdir -m 700 "$rr_directory" 2>/dev/null
  [ ! -L "$rr_directory" ] || rr_no_record link
  [ -d "$rr_directory" ] || rr_no_record missing
  [ -O "$rr_directory" ] || rr_no_record foreign
}
