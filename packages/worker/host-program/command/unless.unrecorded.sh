# Where no record is made there is none to hide.
rr_hide_record() { :; }

rr_show_record() { :; }
