/**
 * `onDisconnect: "finish"`: the command's writes must not meet a broken pipe when the connection goes.
 * Where the channel's pipes are ours to open again (OpenSSH; dropbear as root), the program holds their read
 * ends and a drainer sits on the channel's stdin; it reads the pipes empty only after that has ended. One
 * fork, and no process more until then. The worker has to leave stdin open for it.
 */
export const CAN_DRAIN = `[ -p /proc/self/fd/1 ]&&[ -r /proc/self/fd/1 ]&&[ -p /proc/self/fd/2 ]&&[ -r /proc/self/fd/2 ]`;

/** rry: whether relays are in place. Tested before, never tried: a failing `exec` redirection ends dash. */
export const START_DRAINER = `rrd=
[ "$rry" ]||{ exec 5</proc/self/fd/1 6</proc/self/fd/2 7<&0
( exec >/dev/null 2>&1;while read -r rrx;do :;done <&7;cat <&5 & exec cat <&6 ) &
rrd=$! rrH="$rrH$! ";}
`;

export const END_DRAINER = `[ -z "$rrd" ]||{ kill -s KILL $rrd;wait $rrd;} 2>/dev/null
`;

/** The command inherits none of the drainer's descriptors. */
export const CLOSE_DRAINER = ` 5<&- 6<&- 7<&-`;

/**
 * Elsewhere each stream goes through tee(1), which reads on when its reader is gone. Redirections are made
 * with `exec` inside the pipeline's members, and its last member has parentheses of its own: dash keeps
 * copies of redirected descriptors in what it forks, zsh would run the last member in the shell itself.
 */
export function relayed(call: string, before: string): string {
  const tee = `trap '' PIPE;exec tee /dev/null 2>/dev/null`;
  return `if ${CAN_DRAIN};then rry=;${call};else rry=1
${before}{ exec 3>&1;{ exec 2>&1 >&3 3>&-;${call};}|( exec >&2 3>&-;${tee} );}|( ${tee} );exit 0;fi
`;
}
