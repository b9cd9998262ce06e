# A record that cannot be made is no reason not to kill.
rr_no_record() { :; }
