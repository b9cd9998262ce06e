import { markPrefix } from "./marks.ts";
import { quote } from "./quote.ts";

/** Where a program will run. */
export interface ProgramPlace {
  /** The server's software version, such as "OpenSSH_9.2p1" or "dropbear_2022.83". */
  readonly server: string;
  /** The host has no setsid(1), as a first try showed. */
  readonly withoutSetsid?: boolean;
}

/** OpenSSH runs each channel in a session of its own; others (dropbear) in the connection's. */
export function sharesSessions(place: ProgramPlace): boolean {
  return !place.server.startsWith("OpenSSH");
}

/**
 * The exec request's string: words that every login shell reads alike, fish and tcsh included. setsid goes
 * outside sudo, so that no sudoers rule has to name it.
 */
export function execString(become: true | string | undefined, place: ProgramPlace): string {
  const setsid = sharesSessions(place) && place.withoutSetsid !== true ? "setsid " : "";
  if (become === undefined) return `exec ${setsid}/bin/sh`;
  const user = become === true ? "root" : become;
  return `exec ${setsid}sudo -n -u ${/^[A-Za-z0-9_.-]+$/.test(user) ? user : quote(user)} -- /bin/sh`;
}

/** The first line is there to be eaten by an rc file that reads one line. */
export function helloText(nonce: string): string {
  return `:\necho ${markPrefix(nonce)}hello >&2\n`;
}

/** Sets rrO: whether the session is the program's alone. */
export function ownSessionText(become: true | string | undefined, place: ProgramPlace): string {
  if (!sharesSessions(place)) return "rrO=1";
  const viaSudo = become === undefined ? "" : `||[ "$rrS" = $PPID ]`;
  return `rrO=0;[ "$rrS" = $$ ]${viaSudo}&&rrO=1`;
}
