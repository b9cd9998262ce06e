import { fail, isProgramName, SHELL_NAMES, succeed, type Result } from "@roadrunner/core";
import type { RemoteTask } from "./remote-task.ts";

/** Linux takes no single argument or environment entry of 128 KiB (MAX_ARG_STRLEN), its NUL included. */
const MAX_ARGUMENT_BYTES = 131_072 - 1;

/** What can be told to be wrong before anything is sent, and is not told by the workload's schema. */
export function checkTask(task: RemoteTask): Result<void, string> {
  const variables: [string, string][] = [
    ...Object.entries(task.env),
    ...Object.entries(task.secretEnv).map(([name, { value }]): [string, string] => [name, value]),
  ];
  const problem =
    variables.map(([name, value]) => checkVariable(name, value)).find((found) => found !== undefined) ??
    checkText("command", task.command ?? "") ??
    checkText("unless", task.unless ?? "") ??
    checkText("cwd", task.cwd ?? "") ??
    checkText("shell", task.shell) ??
    checkScript(task.script) ??
    (/[\r\n\0]/.test(task.sudoPassword ?? "") ? "the sudo password has more than one line" : undefined);
  return problem === undefined ? succeed(undefined) : fail(problem);
}

function checkVariable(name: string, value: string): string | undefined {
  if (SHELL_NAMES.has(name)) {
    return `env: ${name} belongs to the shell and would not reach the command; use another name`;
  }
  if (isProgramName(name)) return `env: ${name} is a name of Roadrunner's own; use another name`;
  return checkText(`env ${name}`, value, `${name}=`.length);
}

/** Secrets are among these texts: a message never quotes one. */
function checkText(what: string, text: string, moreBytes = 0): string | undefined {
  if (text.includes("\0")) return `${what} holds a NUL byte, which no argument can hold`;
  if (!text.isWellFormed()) return `${what} holds half a surrogate pair, which has no UTF-8`;
  const bytes = Buffer.byteLength(text) + moreBytes;
  if (bytes <= MAX_ARGUMENT_BYTES) return undefined;
  const cure = what === "command" ? "; use `script` for long ones" : "";
  return `${what} has ${bytes} bytes; the system takes ${MAX_ARGUMENT_BYTES}${cure}`;
}

function checkScript(script: RemoteTask["script"]): string | undefined {
  if (script === undefined) return undefined;
  if (script.text.includes("\0"))
    return `script ${script.name} holds a NUL byte: programs are not sent, only scripts`;
  if (!script.text.isWellFormed())
    return `script ${script.name} holds half a surrogate pair, which has no UTF-8`;
  return undefined;
}
