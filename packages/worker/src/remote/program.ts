import { CLOSE_DRAINER, END_DRAINER, relayed, START_DRAINER } from "./finish-text.ts";
import { KILL_FUNCTION, scanFunction } from "./kill-text.ts";
import { END_GUARD, guardFunction, startGuard } from "./limit-text.ts";
import { markPrefix } from "./marks.ts";
import { quote } from "./quote.ts";
import type { RemoteTask } from "./remote-task.ts";
import { PROCESS_FUNCTION, sayFunctions, startText, UPTIME_FUNCTION } from "./shell-text.ts";

/** What goes to a host for one task: the exec request's string, and what is written to its stdin. */
export interface RemoteProgram {
  readonly exec: string;
  /** Written first; the body follows only when its mark came back, so that no rc file can eat a part of it. */
  readonly hello: string;
  /**
   * Functions and one last line that calls them: cut short anywhere it does nothing. Holds the secrets.
   */
  readonly body: string;
}

/** Where the program will run. */
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

/** Text for the host of one submission of a task. Pure; docs/operations.md tells it step by step. */
export function remoteProgram(task: RemoteTask, place: ProgramPlace): RemoteProgram {
  const finish = task.onDisconnect === "finish";
  const functions = [
    sayFunctions(task.nonce),
    task.timeoutMs === undefined ? "" : limitFunctions(task, task.timeoutMs, place),
    `rr_w(){ ${startText(task.nonce, ownSessionText(task.become, place))}`,
    ...placeTexts(task),
    `trap '' PIPE\nrrH=' '\n`,
    finish ? START_DRAINER : "",
    task.timeoutMs === undefined ? "" : startGuard(finish ? CLOSE_DRAINER : ""),
    commandText(task),
    task.timeoutMs === undefined ? "" : END_GUARD,
    finish ? END_DRAINER : "",
    `echo ${markPrefix(task.nonce)}end;rr_say end $rrc \${rrY:--};exit 0;}\n`,
  ];
  const call = finish ? `rr_go(){ ${relayed("rr_w")}}\nrr_go\n` : "rr_w\n";
  return {
    exec: execString(task.become, place),
    hello: helloText(task.nonce),
    body: functions.join("") + call,
  };
}

function limitFunctions(task: RemoteTask, timeoutMs: number, place: ProgramPlace): string {
  return (
    UPTIME_FUNCTION +
    PROCESS_FUNCTION +
    scanFunction(sharesSessions(place)) +
    KILL_FUNCTION +
    guardFunction(timeoutMs, task.killGraceMs, false)
  );
}

/** Where the command runs and with which shell: what is missing is said before anything began. */
function placeTexts(task: RemoteTask): string[] {
  const texts: string[] = [];
  if (task.cwd !== undefined) texts.push(`CDPATH= cd -- ${quote(task.cwd)} 2>/dev/null||rr_no nocwd\n`);
  // sudo leaves us in the login user's home, which the other user may not enter.
  else if (task.become !== undefined) texts.push(`CDPATH= cd -- "$HOME" 2>/dev/null||cd /\n`);
  if (task.shell !== "/bin/sh") {
    const shell = quote(task.shell);
    const usable = task.shell.includes("/")
      ? `[ -f ${shell} ]&&[ -x ${shell} ]`
      : `command -v ${shell} >/dev/null`;
    texts.push(`{ ${usable};}||rr_no noshell\n`);
  }
  return texts;
}

/**
 * The command in a process of its own. The variables are set inside its parentheses, so that a PATH or an
 * LD_PRELOAD of the task never meets our program; the outer redirection swallows the shell's "Terminated".
 */
function commandText(task: RemoteTask): string {
  const pairs = [
    ...Object.entries(task.env),
    ...Object.entries(task.secretEnv).map(([name, secret]) => [name, secret.value] as const),
  ];
  const variables = pairs.map(([name, value]) => ` ${name}=${quote(value)}`).join("");
  const exported = variables === "" ? "" : `export${variables};`;
  const close = task.onDisconnect === "finish" ? CLOSE_DRAINER : "";
  const start = `exec ${quote(task.shell)} -c ${quote(task.command ?? "")}`;
  return `rrY=
{ ( trap - PIPE;${exported}${start} ) </dev/null${close} 2>&3 3>&-;rrc=$?;} 3>&2 2>/dev/null
`;
}
