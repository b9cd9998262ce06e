/**
 * Whether the remote program may have a variable of this name, which is read after the command's own are set: `rr` and
 * one or two letters.
 */
export function isProgramName(name: string): boolean {
  return /^rr[A-Za-z]{1,2}$/.test(name);
}

/**
 * Variables that dash, bash, zsh or busybox's ash set themselves, as /bin/sh on the host or as the command's own shell,
 * or refuse to set: a value would not reach the command, or not as it was written.
 */
export const SHELL_NAMES: ReadonlySet<string> = new Set(
  [
    "_ ARGV0 EGID EUID GID GROUPS PPID UID USERNAME",
    "IFS LINENO OLDPWD OPTERR OPTIND PWD RANDOM SECONDS SHLVL SRANDOM",
    "BASH BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_COMMAND BASH_LINENO",
    "BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO BASH_VERSION DIRSTACK EPOCHREALTIME EPOCHSECONDS FUNCNAME HISTCMD",
    "ERRNO SHELLOPTS TTYIDLE ZSH_ARGZERO ZSH_EVAL_CONTEXT ZSH_NAME ZSH_PATCHLEVEL ZSH_SUBSHELL ZSH_VERSION",
  ].flatMap((names) => names.split(" ")),
);
