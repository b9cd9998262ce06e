# Nor is there one to write to.
rr_record_dead() { :; }
