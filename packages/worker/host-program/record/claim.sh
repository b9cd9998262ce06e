# Claiming an attempt before its command starts, so that no other delivery starts it.

# Without /proc another delivery could not tell whether this one lives.
rr_need_proc() { [ "${rr_boot:+$rr_began}" ] || rr_no_record proc; }

# Nor without a session of its own.
rr_need_session() { [ $rr_owns_session = 1 ] || rr_no_record session; }

# Where a second shell goes on with what the worker sends next: the look.
rr_make_way() {
  rr_say exists >&2
  exec /bin/sh
}

# What is not there now may have been when the command started: a record tells that before.
rr_look_first() { [ ! -e "$rr_record_file" ] || rr_make_way; }

# Claims the attempt, or makes way where there is a record already.
rr_claim() {
  rr_word_claim
  rr_make "$rr_record_file" "$rr_claim_text" || rr_make_way
}

# The same, which leaves no other file behind.
rr_claim_with_files() {
  rr_word_claim
  rr_make "$rr_record_file" "$rr_claim_text" || {
    rr_remove_files
    rr_make_way
  }
}

rr_word_claim() {
  rr_claim_text="claimed
$rr_claim_begin $rr_boot $rr_pid $rr_began $rr_session $rr_digest $rr_hostname $rr_claim_end"
}

# Of a claim whose command is about to begin: from here on nobody starts it again, be the record removed.
rr_tell_claim() { rr_say claimed $rr_boot $rr_container >&2; }
