import { CLOSE_DRAINER, END_DRAINER, relayed, START_DRAINER } from "./finish-text.ts";
import { HOLD_FUNCTION, KILL_FUNCTION, scanFunction } from "./kill-text.ts";
import { END_GUARD, guardFunction, startGuard } from "./limit-text.ts";
import { lookText, PRIOR_FUNCTION, priorText, stateFunctions } from "./look-text.ts";
import { entryOf, ownSessionText, sharesSessions, type Entry, type ProgramPlace } from "./place.ts";
import { PRUNE_TEXT } from "./prune-text.ts";
import { quote } from "./quote.ts";
import * as record from "./record-text.ts";
import type { RemoteTask } from "./remote-task.ts";
import { interpreterOf, REMOVE_SCRIPT, scriptWords, writeScriptText } from "./script-text.ts";
import { PROCESS_FUNCTION, sayFunctions, startText, UPTIME_FUNCTION } from "./shell-text.ts";

/** A waiter must not sit behind relays, which would hide from it that its channel is gone. */
const LOOK_FIRST = `rr_f;[ ! -e "$rrF" ]||${record.LOOK_INSTEAD}\n`;

/** What goes to a host for one task: the exec request's string, and what is written to its stdin. */
export interface RemoteProgram extends Entry {
  /** Functions and one last line that calls them: cut short anywhere it does nothing. Holds the secrets. */
  readonly body: string;
  /** `once`: written when the mark `exists` came, to learn what an earlier delivery did. */
  readonly look?: string;
}

/**
 * The text for one submission of a task. Parts that the task does not need are left out: bash reads its
 * stdin byte by byte.
 */
export function remoteProgram(task: RemoteTask, place: ProgramPlace, prune = false): RemoteProgram {
  const once = task.delivery === "once";
  const finish = task.onDisconnect === "finish";
  const needsDirectory = once || task.script !== undefined;
  const body = [
    sayFunctions(task.nonce),
    toolFunctions(task, place),
    needsDirectory ? record.pathFunction(task) : "",
    `rr_w(){ ${startText(ownSessionText(task, place))}`,
    ...lookingFirst(task, placeTexts(task)),
    once ? record.needsText(sharesSessions(place)) : "",
    needsDirectory ? record.directoryText(task) : "",
    once ? beforeClaim(task) : "",
    task.script === undefined ? "" : writeScriptText(task.script, task.nonce),
    once ? record.claimText(task) : "",
    `trap '' PIPE\nrrH=' ' rrY=\n`,
    finish ? START_DRAINER : "",
    task.timeoutMs === undefined ? "" : startGuard(finish ? CLOSE_DRAINER : ""),
    record.helpersText(task),
    commandText(task),
    task.timeoutMs === undefined ? "" : END_GUARD,
    once ? record.END_TEXT : "",
    // After the end: a killer would take this process for the command.
    task.script === undefined ? "" : REMOVE_SCRIPT,
    finish ? END_DRAINER : "",
    `rr_say end;rr_say end $rrc \${rrY:--} >&2\n`,
    once && prune ? PRUNE_TEXT : "",
    "exit 0;}\n",
    finish ? `rr_go(){ ${relayed("rr_w", once ? LOOK_FIRST : "")}}\nrr_go\n` : "rr_w\n",
  ];
  return {
    ...entryOf(task, task.nonce, place),
    body: body.join(""),
    ...(once ? { look: lookProgram(task, place) } : {}),
  };
}

/** Functions that only some tasks need. */
function toolFunctions(task: RemoteTask, place: ProgramPlace): string {
  const { timeoutMs, killGraceMs, attempt, askedBefore } = task;
  const once = task.delivery === "once";
  const limited = timeoutMs !== undefined;
  const prior = once && attempt > 1;
  const tools = prior
    ? stateFunctions() + PRIOR_FUNCTION
    : (limited || askedBefore !== undefined ? UPTIME_FUNCTION : "") +
      (limited ? PROCESS_FUNCTION + scanFunction(!once && sharesSessions(place)) : "");
  const guard = limited ? HOLD_FUNCTION + KILL_FUNCTION + guardFunction(timeoutMs, killGraceMs, once) : "";
  return (once ? record.MAKE_FUNCTION : "") + tools + guard;
}

function beforeClaim(task: RemoteTask): string {
  return (
    record.HOSTNAME_TEXT +
    (task.askedBefore === undefined ? "" : record.askedBeforeText(task.askedBefore)) +
    (task.attempt > 1 ? priorText(task.attempt) : "")
  );
}

/** Looks at a record that is there; stands on its own, since relays keep the first part's variables. */
function lookProgram(task: RemoteTask, place: ProgramPlace): string {
  return (
    sayFunctions(task.nonce) +
    stateFunctions() +
    lookText(record.digestOf(task)) +
    record.pathFunction(task) +
    `rr_l(){ ${startText(ownSessionText(task, place))}` +
    record.HOSTNAME_TEXT +
    "rr_f\nrr_look;}\nrr_l\n"
  );
}

/** What is not there now may have been when the command started: a record tells that before. */
function lookingFirst(task: RemoteTask, texts: readonly string[]): readonly string[] {
  return task.delivery === "once" && texts.length > 0 ? [LOOK_FIRST, ...texts] : texts;
}

/** Where the command runs and with what: what is missing is said before anything began. */
function placeTexts(task: RemoteTask): string[] {
  const texts: string[] = [];
  if (task.cwd !== undefined) texts.push(`CDPATH= cd -- ${quote(task.cwd)} 2>/dev/null||rr_no nocwd\n`);
  // sudo leaves us in the login user's home, which the other user may not enter.
  else if (task.become !== undefined) texts.push(`CDPATH= cd -- "$HOME" 2>/dev/null||cd /\n`);
  const program = programOf(task);
  if (program !== "/bin/sh") {
    const word = quote(program);
    const usable = program.includes("/") ? `[ -f ${word} ]&&[ -x ${word} ]` : `command -v ${word} >/dev/null`;
    texts.push(`{ ${usable};}||rr_no noshell\n`);
  }
  return texts;
}

/** What is executed for a task: its shell, or the interpreter that its script names. */
export function programOf(task: Pick<RemoteTask, "script" | "shell">): string {
  return task.script === undefined ? task.shell : interpreterOf(task.script.text, task.shell).program;
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
  const words =
    task.script === undefined
      ? `${quote(task.shell)} -c ${quote(task.command ?? "")}`
      : scriptWords(task.script, task.shell);
  return `{ ( trap - PIPE;${exported}exec ${words} ) </dev/null${close} 2>&3 3>&-;rrc=$?;} 3>&2 2>/dev/null
`;
}
