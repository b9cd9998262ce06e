# The end of the program.

rr_end() { exit 0; }
