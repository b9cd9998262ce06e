import { entryOf, sessionOf, sharesSessions, type Entry, type ProgramRuntime } from "./entry.ts";
import { quote } from "./quote.ts";
import * as record from "./record.ts";
import type { RemoteTask } from "./remote-task.ts";
import { unlessLimitMs } from "./unless.ts";
import { interpreterOf, scriptFile, scriptFunction, scriptWords } from "./script.ts";
import {
  hostText,
  hostTexts,
  shortName,
  type HostText,
  type HostTexts,
  type OwnFunction,
  type Settings,
} from "./shell/host-text.ts";
import { markPrefix, publicName } from "./marks.ts";

/** What goes to a host for one task: the exec request's string, and what is written to its stdin. */
export interface RemoteProgram extends Entry {
  /** Functions and one last line that calls them: cut short anywhere it does nothing. Holds the secrets. */
  readonly body: string;
  /** `once`: written when the mark `exists` came, to learn what an earlier delivery did. */
  readonly look?: () => string;
}

/**
 * The text for one submission of a task. Parts that the task does not need are left out: bash reads its
 * stdin byte by byte.
 */
export function remoteProgram(task: RemoteTask, runtime: ProgramRuntime, prune = false): RemoteProgram {
  return {
    ...entryOf(task, task.nonce, runtime),
    body: hostText(textOf(task, runtime, prune)),
    ...lookOf(task, runtime),
  };
}

/** The same for a kept shell, in two: `common` is what it needs once for tasks of this kind. */
export function servedProgram(
  task: RemoteTask,
  runtime: ProgramRuntime,
  prune = false,
): HostTexts & Pick<RemoteProgram, "look"> {
  return { ...hostTexts(textOf(task, runtime, prune)), ...lookOf(task, runtime) };
}

function textOf(task: RemoteTask, runtime: ProgramRuntime, prune: boolean): HostText {
  const { first, settings } = settingsOf(task, runtime);
  // What is relayed runs in another shell.
  const around = task.onDisconnect === "finish" ? "rr_with_drain" : undefined;
  const once = task.delivery === "once";
  const versions = [
    ...versionsOf(task),
    ...(once ? [] : ["unrecorded"]),
    ...(once && runtime.isKept === true ? ["kept"] : []),
  ];
  const [steps, own] = [stepsOf(task, runtime, prune), ownFunctions(task)];
  return { first, settings, steps, own, versions, ...(around === undefined ? {} : { around }) };
}

function lookOf(task: RemoteTask, runtime: ProgramRuntime): Pick<RemoteProgram, "look"> {
  return task.delivery === "once" ? { look: () => lookProgram(task, runtime) } : {};
}

/** By whose name the record directory goes, and whether a record may hold outputs. */
export function versionsOf({ become, outputs }: Pick<RemoteTask, "become" | "outputs">): readonly string[] {
  return [...(become === undefined ? [] : ["become"]), ...(outputs === undefined ? [] : ["outputs"])];
}

/** What the program does, in order. */
function stepsOf(task: RemoteTask, runtime: ProgramRuntime, prune: boolean): readonly string[] {
  const once = task.delivery === "once";
  const finish = task.onDisconnect === "finish";
  const limited = task.timeoutMs !== undefined;
  const asks = task.unless !== undefined;
  const scripted = task.script !== undefined;
  const outputs = task.outputs === true;
  const files = scripted || outputs;
  const here = placeSteps(task);
  return [
    ...["rr_start", ...sessionOf(task, runtime).steps, "rr_tell_start"],
    ...(once && (asks || here.length > 0) ? ["rr_look_first"] : []),
    ...here,
    ...(once ? ["rr_need_proc"] : []),
    ...(once && sharesSessions(runtime) ? ["rr_need_session"] : []),
    ...(outputs ? ["rr_close_files"] : []),
    ...(once || files ? record.directorySteps(task) : []),
    ...(once ? ["rr_read_hostname"] : []),
    ...(once ? recallSteps(task) : []),
    ...(once && task.attempt > 1 ? ["rr_close_earlier"] : []),
    // What has a record is answered by that; what has none is not recorded before it is known to be needed.
    ...(asks ? ["rr_ask_unless"] : []),
    ...(outputs ? ["rr_make_outputs"] : []),
    ...(scripted ? ["rr_write_script"] : []),
    ...(once ? ["rr_read_container", files ? "rr_claim_with_files" : "rr_claim"] : []),
    // What is claimed goes its way to the end, also where nobody hears that it is.
    "rr_outlive",
    ...(finish ? ["rr_start_drainer"] : []),
    ...(limited ? ["rr_start_guard"] : []),
    ...(once ? ["rr_tell_claim"] : []),
    ...(record.hasHelpers(task) ? [once ? "rr_note_helpers" : "rr_tell_helpers"] : []),
    "rr_run",
    ...(limited ? ["rr_end_guard"] : []),
    ...(outputs ? ["rr_take_outputs", ...(once ? ["rr_record_outputs"] : [])] : []),
    ...(once ? ["rr_record_end"] : []),
    ...(files ? ["rr_remove_files"] : []),
    ...(finish ? ["rr_end_drainer"] : []),
    ...(outputs ? ["rr_tell_outputs"] : []),
    "rr_tell_end",
    ...(once && prune ? ["rr_prune"] : []),
    "rr_end",
  ];
}

/** What the lack of a record means to who asks again. */
function recallSteps({ askedBefore }: RemoteTask): readonly string[] {
  if (askedBefore === undefined) return [];
  if (askedBefore.began !== undefined) return ["rr_recall_start"];
  return [askedBefore.boot === undefined ? "rr_recall_nothing" : "rr_recall_place"];
}

function settingsOf(
  task: RemoteTask,
  runtime: ProgramRuntime,
): { readonly first: readonly string[]; readonly settings: Settings } {
  const once = task.delivery === "once";
  const { askedBefore } = task;
  const limitMs = task.timeoutMs ?? unlessLimitMs(task);
  const files = filesOf(task);
  const directory = once || files !== undefined ? record.directoryOf(task) : { first: [], settings: {} };
  return {
    first: directory.first,
    settings: {
      rr_mark_prefix: markPrefix(task.nonce),
      ...sessionOf(task, runtime).settings,
      ...directory.settings,
      ...(once ? claimSettings(task) : {}),
      ...files,
      ...(limitMs === undefined
        ? {}
        : { rr_limit: hundredths(limitMs), rr_grace: hundredths(task.killGraceMs) }),
      ...(once && askedBefore?.boot !== undefined
        ? { rr_place_before: `${askedBefore.boot.bootId ?? ""} ${askedBefore.boot.container ?? ""}` }
        : {}),
      ...placeSettings(task),
    },
  };
}

/** What it makes beside the record. A name that there is none of must not be the login's. */
function filesOf({ script, outputs, nonce }: RemoteTask): Settings | undefined {
  if (script === undefined && outputs === undefined) return undefined;
  const name = publicName(nonce);
  return {
    rr_script_file: script === undefined ? "" : scriptFile(script, name),
    rr_outputs_file: outputs === undefined ? "" : [{ read: "rr_directory" }, `/o-${name}`],
  };
}

function claimSettings(task: RemoteTask): Settings {
  const { attempt, nonce } = task;
  return {
    ...record.recordFileOf(task),
    ...(attempt > 1 ? { rr_attempt: attempt } : {}),
    rr_claim_begin: `c ${attempt} ${publicName(nonce)}`,
    rr_digest: record.digestOf(task),
    // Without helpers it is known at once that there are none.
    rr_claim_end: record.hasHelpers(task) ? "." : ".\nh ",
  };
}

export const hundredths = (ms: number): number => Math.max(0, Math.ceil(ms / 10));

/** Looks at a record that is there; stands on its own, since relays keep the first part's variables. */
function lookProgram(task: RemoteTask, runtime: ProgramRuntime): string {
  const session = sessionOf(task, runtime);
  const { first, settings } = record.directoryOf(task);
  return hostText({
    first,
    settings: {
      rr_mark_prefix: markPrefix(task.nonce),
      ...session.settings,
      ...settings,
      ...record.recordFileOf(task),
      rr_digest: record.digestOf(task),
    },
    steps: ["rr_start", ...session.steps, "rr_tell_start", "rr_read_hostname", "rr_look"],
    versions: versionsOf(task),
  });
}

/** Where the command runs and with what: what is missing is said before anything began. */
function placeSteps(task: RemoteTask): readonly string[] {
  const program = programOf(task);
  return [
    ...(task.cwd !== undefined ? ["rr_enter_cwd"] : task.become !== undefined ? ["rr_enter_home"] : []),
    ...(program === "/bin/sh" ? [] : [program.includes("/") ? "rr_need_file" : "rr_need_program"]),
  ];
}

function placeSettings(task: RemoteTask): Settings {
  const program = programOf(task);
  return { rr_cwd: task.cwd, rr_shell: program === "/bin/sh" ? undefined : program };
}

/** What is executed for a task: its shell, or the interpreter that its script names. */
export function programOf(task: Pick<RemoteTask, "script" | "shell">): string {
  return task.script === undefined ? task.shell : interpreterOf(task.script.text, task.shell).program;
}

function ownFunctions(task: RemoteTask): Readonly<Record<string, OwnFunction>> {
  const { script, nonce, unless } = task;
  return {
    ...(unless === undefined
      ? {}
      : { rr_unless: becoming(task, ["rr_find_setsid"], shellWords(task, unless), umaskOf(task)) }),
    rr_command: commandFunction(task),
    ...(script === undefined ? {} : { rr_script_text: scriptFunction(script, publicName(nonce)) }),
  };
}

/** A shell would take what begins with - or + for its options; an empty line before it means nothing to any. */
function commandWord(command: string): string {
  return /^[-+]/.test(command) ? `\n${command}` : command;
}

function shellWords({ shell }: RemoteTask, command: string): string {
  return `${quote(shell)} -c ${quote(commandWord(command))}`;
}

function commandFunction(task: RemoteTask): OwnFunction {
  const calls = [
    ...(task.onDisconnect === "finish" ? ["rr_close_drainer"] : []),
    "rr_find_setsid",
    ...(task.delivery === "once" ? ["rr_note_command"] : []),
  ];
  const words =
    task.script === undefined ? shellWords(task, task.command ?? "") : scriptWords(task.script, task.shell);
  const outputs =
    task.outputs === undefined
      ? []
      : ["exec 4<&-", ...umaskOf(task), `export RR_OUT="$${shortName("rr_outputs_file")}"`];
  return becoming(task, calls, words, outputs);
}

/** Back from the one for our own files. */
function umaskOf({ outputs }: RemoteTask): readonly string[] {
  return outputs === undefined ? [] : [`umask $${shortName("rr_umask")}`];
}

/** Becomes what these words are: the task's variables, `more` texts, then its program in place of the shell. */
function becoming(
  task: RemoteTask,
  calls: readonly string[],
  words: string,
  more: readonly string[],
): OwnFunction {
  const pairs = [
    ...Object.entries(task.env),
    ...Object.entries(task.secretEnv).map(([name, secret]) => [name, secret.value] as const),
  ];
  const variables = pairs.map(([name, value]) => ` ${name}=${quote(value)}`).join("");
  const setsid = shortName("rr_setsid");
  const texts = [
    ...calls.map(shortName),
    ...(variables === "" ? [] : [`export${variables}`]),
    ...more,
    `export RR_TAG=$${shortName("rr_pid")}.$${shortName("rr_began")}.`,
    `exec \${${setsid}:+"$${setsid}"} ${words}`,
  ];
  return { text: texts.join(";"), calls };
}
