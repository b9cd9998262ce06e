# The end of a task's subshell in a kept shell, which goes on only where the record has its end and nobody has begun to
# kill what it names: who kills sets the sticky bit, and then looks once more whether there is an end.
rr_end() {
  rr_word=''
  [ ! -k "$rr_record_file" ] && read -r rr_word rr_rest <"$rr_record_file"
  [ "$rr_word" = end ] || exit 3
  exit 0
}
