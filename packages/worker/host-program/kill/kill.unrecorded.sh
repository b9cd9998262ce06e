# Where there is no record there is nobody to note it for.
rr_note_left() { :; }
