# A script is written into the record directory, which is ours alone. Its interpreter runs it, and it needs no exec
# permission, so that a noexec mount does not matter.

rr_write_script() {
  rr_script_text >"$rr_script_file" || {
    rr_remove_files
    rr_leave noscript $rr_user
  }
}

# With that of the outputs, after the end of the command is recorded: a killer would take this process for the command.
rr_remove_files() {
  rm -f ${rr_script_file:+"$rr_script_file"} ${rr_outputs_file:+"$rr_outputs_file"} 2>/dev/null
}
