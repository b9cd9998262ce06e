# Removes old records that have an end, and old leavings of scripts; a record without an end only if it is of another
# boot, so that nothing can live of it. Records are kept for a month. Only files of our form of name: the directory may
# be any that was named. Runs after the end mark, so nobody waits for it.
rr_prune() {
  (
    exec </dev/null >/dev/null 2>&1
    cd "$rr_directory" || exit
    find . ! -name . -prune -type f -mtime +30 | {
      rr_old=''
      while read -r rr_old_file; do
        case $rr_old_file in
          *[!a-zA-Z0-9._/-]*) continue ;;
          ./s-????????????????*-* | ./o-????????????????*) rr_word=end ;;
          ./??????????????????????????.[0-9]*)
            rr_word='' rr_line=''
            {
              read -r rr_word rr_rest
              read -r rr_line
            } <"$rr_old_file"
            ;;
          *) continue ;;
        esac
        case $rr_word in
          claimed | running)
            set -- $rr_line
            case ${4-} in '' | "$rr_boot") continue ;; esac
            ;;
          end | tim | can | withdrawn | '') ;;
          *) continue ;;
        esac
        rr_old="$rr_old $rr_old_file"
        [ ${#rr_old} -lt 30000 ] || {
          rm -f $rr_old
          rr_old=''
        }
      done
      [ -z "$rr_old" ] || rm -f $rr_old
    }
  )
}
