import { sharesSessions, type ProgramRuntime } from "./entry.ts";
import { markPrefix, type Mark, type RemoteProcess } from "./marks.ts";
import { functionsText, shortName, stepText } from "./shell/host-text.ts";
import type { RemoteTask } from "./remote-task.ts";

/** A kept shell serves one task after another, each as a subshell with its whole program: host-program/keep.sh. */

/** Who may share a shell: tasks of the same user on the host, for the same signer. */
export function shellName({ become, owner }: Pick<RemoteTask, "become" | "owner">): string {
  return JSON.stringify([become ?? false, owner ?? false]);
}

/**
 * Whether a shell may serve others after this task. A secret would stay in its memory, a host that goes down takes it
 * along, and where sudo asks for a password it is to ask each time.
 */
export function mayBeKept({
  secretEnv,
  reboot,
  sudoPassword,
}: Pick<RemoteTask, "secretEnv" | "reboot" | "sudoPassword">): boolean {
  return Object.keys(secretEnv).length === 0 && reboot === undefined && sudoPassword === undefined;
}

/**
 * Makes a kept shell of a shell that has served its first task by `firstText`, and asks whether it has settled; `nonce`
 * is the shell's own.
 */
export function keepingText(become: RemoteTask["become"], nonce: string): string {
  const steps = ["rr_reset_options", `rr_mark_prefix=${markPrefix(nonce)}`, "rr_begin_keeping"];
  // sudo leaves it in the login user's home; the program of each task goes to its own.
  const atRoot = become === undefined ? [] : ["rr_place=/"];
  const lines = [...steps, ...atRoot].map((line) => line.replace(/^rr_[a-z_]*[a-z]/, shortName));
  return `${keeping}${lines.join("\n")}\n${shortName("rr_settle_task")} 1\n`;
}

const AROUND = ["rr_begin_task", "rr_end_as_task"];
const keeping = functionsText(
  ["rr_reset_options", "rr_begin_keeping", "rr_answer_call", ...AROUND, "rr_settle_task"],
  [],
);

/** Asks an idle shell whether it is still there; it says `hello` in the words of the task with this nonce. */
export function callText(nonce: string): string {
  return `${shortName("rr_answer_call")} ${markPrefix(nonce)}\n`;
}

/** The program of the shell's first task, as a subshell: cut short anywhere it does nothing. */
export function firstText(body: string): string {
  const [begin = "", end = ""] = AROUND.map(stepText);
  return `{ ${aroundBody(begin, body, end)}}\n`;
}

/** The same for a later one, which is the shell's `number`th. */
export function servedText(body: string, number: number): string {
  const [begin = "", end = ""] = AROUND.map(shortName);
  return `{ ${aroundBody(begin, body, end)}${shortName("rr_settle_task")} ${number}\n}\n`;
}

function aroundBody(begin: string, body: string, end: string): string {
  return `${begin}\n(\n${body}) 2>&9 9>&-\n${shortName("rr_ended")}=$?\n${end}\n`;
}

/** So long after a word of its host a connection may have died unseen. */
const TRUSTED_MS = 10_000;

/**
 * Whether a task may be sent in one write with the call, before the shell has said that it is there. What is lost then
 * may have begun: a record can tell. OpenSSH closes a channel only when nobody is left who could have begun it.
 */
export function mayGoAtOnce(
  { delivery }: Pick<RemoteTask, "delivery">,
  runtime: ProgramRuntime,
  heardAgoMs: number,
): boolean {
  return delivery === "once" && !sharesSessions(runtime) && heardAgoMs < TRUSTED_MS;
}

/** Most process numbers that are looked at. */
const MOST_NUMBERS = 100;
/** How many there are at least, and how many of them no host gives out in a hundredth of a second. */
const LEAST_NUMBERS = 32_768;
const NUMBERS_EACH = 1000;

/**
 * Whether the shell's word `settled`, on stderr, proves that nothing of its task is left. The look at numbers proves
 * nothing where they are those of another namespace, or may have gone all the way round.
 */
export function isSettled({ args }: Mark, number: number, process: RemoteProcess | undefined): boolean {
  if (process === undefined || args.length !== 5 || !args.every((arg) => /^\d{1,15}$/.test(arg)))
    return false;
  const [of = 0, first = 0, last = 0, uptime = 0, numbers = 0] = args.map(Number);
  const elapsed = uptime - process.startTicks;
  return (
    of === number &&
    first < process.pid &&
    process.pid <= last &&
    last - first <= MOST_NUMBERS &&
    elapsed >= -1 &&
    elapsed < Math.max(LEAST_NUMBERS, last, numbers) / NUMBERS_EACH
  );
}
