import { markPrefix, publicName } from "./marks.ts";
import { directoryOf, directorySteps } from "./record.ts";
import { hostText } from "./shell/host-text.ts";

/** A password for sudo never goes where the program goes: host-program/command/sudo.sh. Its directory is the login user's own. */

/** Runs as the login user; the shell that sudo starts reads on from the same stdin. */
export function askpassText(user: string, nonce: string): string {
  const { first, settings } = directoryOf({});
  return hostText({
    first,
    settings: {
      rr_mark_prefix: markPrefix(nonce),
      rr_public_name: publicName(nonce),
      rr_become_user: user,
      ...settings,
    },
    steps: [...directorySteps({}), "rr_become"],
  });
}

/**
 * Runs as the login user in another channel: passes the one line that then comes to the helper of the program with
 * nonce `of`.
 */
export function passwordText(of: string, nonce: string): string {
  const { first, settings } = directoryOf({});
  return hostText({
    first,
    settings: { rr_mark_prefix: markPrefix(nonce), rr_public_name: publicName(of), ...settings },
    steps: ["rr_pass_on"],
  });
}

/** Says that the host is up, and under which boot id. */
export function upText(nonce: string): string {
  return hostText({
    settings: { rr_mark_prefix: markPrefix(nonce), rr_owns_session: 0 },
    steps: ["rr_start", "rr_tell_start", "rr_leave up"],
  });
}
