import { findProgram } from "./programs.ts";

/**
 * The words that start a server once for each address, each in a PID namespace: process numbers are then given out as
 * on a host, where nobody but its own processes takes any. Its /var/tmp is empty and goes with it.
 */
export function apart(
  program: string,
  args: readonly string[],
  addresses: readonly string[],
): [string, string[]] {
  const place = "--mount --pid --fork --mount-proc --kill-child";
  const script = `
    setpriv=$1 unshare=$2; shift 2
    for address in ${addresses.join(" ")}; do
      "$setpriv" --pdeathsig=KILL -- "$unshare" ${place} -- \\
        /bin/sh -c 'mount -t tmpfs -o mode=1777 tmpfs /var/tmp && exec "$0" "$@"' "$@" -o "ListenAddress=$address" -o PidFile=none &
    done
    wait`;
  const words = [findProgram("setpriv"), findProgram("unshare"), program, ...args];
  return ["/bin/sh", ["-c", script, "sh", ...words]];
}
