# The directory of the records: private to the user that runs the command.

rr_find_user() { rr_user=${LOGNAME:-$(id -un)}; }

# Without the sticky bit anybody could put another directory in its place.
rr_need_sticky() { [ -k /var/tmp ] || rr_no_record sticky; }

# Makes the directory where it is missing, and says why where it cannot be used. mkdir is the only fork.
rr_make_directory() {
  [ -d "$rr_directory" ] || mkdir -m 1700 "$rr_directory" 2>/dev/null
  [ ! -L "$rr_directory" ] || rr_no_record link
  [ -d "$rr_directory" ] || rr_no_record missing
  [ -O "$rr_directory" ] || rr_no_record foreign
}

# Our own place: the sticky bit, with which it is made, says that it was ours alone from the start or was looked at. So
# there is no fork but for one that is older than that.
rr_need_private() {
  [ -k "$rr_directory" ] || {
    rr_need_closed
    chmod 1700 "$rr_directory"
  }
}

# Says so where others may write to the directory or to one above it, and so take records away. Above it, the sticky bit
# will do; all have to be root's or ours.
rr_need_closed() {
  rr_folders=$(rr_list_folders) || rr_no_record file
  case $rr_folders in ?????w* | ????????w*) rr_no_record others:${rr_folders%% *} ;; esac
  IFS=' 
'
  set -- $rr_folders
  IFS=' '
  rr_owner=$3
  while [ $# -gt 3 ]; do
    case $1 in
      d????w???[!tT]* | d???????w[!tT]*) rr_no_record others:$1 ;;
      d?????????*) case $3 in 0 | "$rr_owner") ;; *) rr_no_record others:$1 ;; esac ;;
    esac
    shift
  done
}

# The directory, and then all above it with it, as ls(1) tells them, which sorts. No name of theirs is told.
rr_list_folders() {
  CDPATH='' cd -P -- "$rr_directory" || exit
  rr_folder=$PWD rr_above=.
  set -- .
  while [ "$rr_folder" ]; do
    rr_above=$rr_above/.. rr_folder=${rr_folder%/*}
    set -- "$@" $rr_above
  done
  ls -ldn . && exec ls -ldn "$@"
}
