# Where no record is made there is none to look at.
rr_look_first() { :; }
