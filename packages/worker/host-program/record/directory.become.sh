# sudo may keep the login user's LOGNAME (env_keep).
rr_find_user() { rr_user=$(id -un); }
