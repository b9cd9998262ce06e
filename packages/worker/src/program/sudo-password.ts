import { markPrefix } from "./marks.ts";
import { quote } from "./quote.ts";
import { directoryText, pathFunction } from "./record-text.ts";
import { sayFunctions } from "./shell-text.ts";

/**
 * A password for sudo never goes where the program goes. sudo is told to ask a helper (-A): /bin/sh, with
 * a script's path as the prompt, so that the file needs no exec permission. Only if sudo really wants a
 * password, and shows our prompt and no other (a second factor's), does the helper say the mark `password`
 * and read a FIFO, into which a channel of its own writes. Asked again (the password was wrong), it has
 * nothing to give, and sudo ends.
 */

/** The login user's own place: /var/tmp/roadrunner-USER. */
const OWN_DIRECTORY = { attempt: 0 };

const helper = (nonce: string): string =>
  `d=\${0%/*};[ -p "$d/f" ]||exit 1;echo ${markPrefix(nonce)}password >&2;head -n 1 "$d/f";rm -f "$d/f"`;

/** Runs as the login user; the shell that sudo starts reads on from the same stdin. */
export function askpassText(user: string, nonce: string): string {
  return `${sayFunctions(nonce)}${pathFunction(OWN_DIRECTORY)}rr_a(){ IFS=' '
${directoryText({})}rrp=$rrD/p-${nonce}
mkdir -m 700 "$rrp"&&mkfifo -m 600 "$rrp/f"&&echo ${quote(helper(nonce))} >"$rrp/a"||rr_r space
rr_say sudo >&2
SUDO_ASKPASS=/bin/sh sudo -A -p "$rrp/a" -u ${quote(user)} -- /bin/sh
rrc=$?;rm -rf "$rrp";exit $rrc;}
rr_a
`;
}

/**
 * Runs as the login user in another channel: says `ready`, and passes the one line that then comes to the
 * helper of the program with nonce `of`. It holds the FIFO open until its channel is closed, since a line
 * that is written before the helper reads would be gone with the writer.
 */
export function passwordText(of: string, nonce: string): string {
  return `${sayFunctions(nonce)}${pathFunction(OWN_DIRECTORY)}rr_p(){ rr_say start;rr_say start >&2
rr_f;rrp=$rrD/p-${of};[ -p "$rrp/f" ]||rr_no gone
exec 9<>"$rrp/f";rr_say ready >&2;head -n 1 >&9;read -r rrx;rr_no given;}
rr_p
`;
}
