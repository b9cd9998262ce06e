# The last word on a record.

# Says what a record means, and ends.
rr_leave_state() { rr_leave $rr_answer; }
