import { markPrefix } from "./marks.ts";
import { quote } from "./quote.ts";
import { shortName, type Settings } from "./shell/host-text.ts";
import { askpassText } from "./sudo-password.ts";

/** Where a program will run. */
export interface ProgramRuntime {
  /** The server's software version, such as "OpenSSH_9.2p1" or "dropbear_2022.83". */
  readonly server: string;
  /** The host has no setsid(1), as a first try showed. */
  readonly withoutSetsid?: boolean;
  /** In a shell that may serve other tasks afterwards. */
  readonly isKept?: boolean;
}

/** OpenSSH runs each channel in a session of its own; others (dropbear) in the connection's. */
export function sharesSessions(runtime: ProgramRuntime): boolean {
  return !runtime.server.startsWith("OpenSSH");
}

/** As whom a program runs. */
export interface Actor {
  /** Through sudo, as this user; true: root. */
  readonly become?: true | string;
  /** For sudo, where it asks for one. */
  readonly sudoPassword?: string;
}

/** How a program gets its shell: what is asked for, and what is written before its body. */
export interface Entry {
  readonly exec: string;
  /** Written first; the body follows only when the mark `hello` came back, so that no rc file can eat of it. */
  readonly hello: string;
  /** The body follows in the same write: the shell that says `hello` has no rc file in front of it. */
  readonly isAtOnce?: boolean;
  /** What is written when a mark of this word comes, on the way to `hello`. */
  readonly steps?: Readonly<Record<string, string>>;
}

export function entryOf(actor: Actor, nonce: string, runtime: ProgramRuntime): Entry {
  if (actor.become === undefined || actor.sudoPassword === undefined) {
    return { exec: execString(actor.become, runtime), hello: helloText(nonce) };
  }
  return {
    exec: execString(undefined, runtime),
    hello: helloText(nonce, "outer"),
    steps: {
      outer: askpassText(becomeUser(actor.become), nonce),
      sudo: tellAlone("") + helloText(nonce),
      alone: tellAlone("1") + helloText(nonce),
    },
  };
}

/**
 * The exec request's string: words that every login shell reads alike, fish and tcsh included. setsid goes
 * outside sudo, so that no sudoers rule has to name it.
 */
export function execString(become: true | string | undefined, runtime: ProgramRuntime): string {
  const setsid = sharesSessions(runtime) && runtime.withoutSetsid !== true ? "setsid " : "";
  if (become === undefined) return `exec ${setsid}/bin/sh`;
  const user = becomeUser(become);
  return `exec ${setsid}sudo -n -u ${/^[A-Za-z0-9_.-]+$/.test(user) ? user : quote(user)} -- /bin/sh`;
}

function becomeUser(become: true | string): string {
  return become === true ? "root" : become;
}

/** Whether the shell that asked sudo leads its session: the one that sudo starts may not be able to see it. */
function tellAlone(alone: "" | "1"): string {
  return `${shortName("rr_alone")}=${alone}\n`;
}

/** What the program calls and a login may have made a function, special builtins aside: those go before functions. */
const CALLED =
  "[ cat cd chmod command echo find head id kill ls mkdir mkfifo od read readlink rm sleep sudo tee true umask unalias wait".split(
    " ",
  );

/**
 * The first line is there to be eaten by an rc file that reads one line. The second makes a POSIX shell of a bash or
 * zsh that an rc file started in place of /bin/sh, and takes away functions and aliases that a login brought (bash
 * exports functions). `${-+}` is nothing, and an error to tcsh, which would else make a file of the name `2`.
 */
function helloText(nonce: string, word = "hello"): string {
  const posix = ": ${POSIXLY_CORRECT=};case ${ZSH_VERSION-} in ?*)emulate sh;esac";
  const plain = `{ \\unset -f ${CALLED.join(" ")};\\unalias -a;} 2>/dev/null`;
  return `:\n${posix};${plain}\necho ${markPrefix(nonce)}${word}\${-+} >&2\n`;
}

/** How it is known whether the session is the program's alone: by the server, or by a look at it. */
export function sessionOf(
  actor: Actor,
  runtime: ProgramRuntime,
): { readonly steps: readonly string[]; readonly settings: Settings } {
  if (!sharesSessions(runtime)) return { steps: [], settings: { rr_owns_session: 1 } };
  if (actor.become === undefined) return { steps: ["rr_find_session"], settings: {} };
  const how = actor.sudoPassword === undefined ? "rr_find_session_of_sudo" : "rr_find_session_of_askpass";
  return { steps: [how], settings: {} };
}
