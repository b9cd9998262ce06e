import { quote } from "./quote.ts";
import type { RemoteTask } from "./remote-task.ts";
import { shortName, type OwnFunction, type Settings } from "./shell/host-text.ts";

type Script = NonNullable<RemoteTask["script"]>;

/** What runs a script: the interpreter of its first line with its one argument, as the kernel reads it. */
export interface Interpreter {
  readonly program: string;
  readonly argument?: string;
}

export function interpreterOf(text: string, shell: string): Interpreter {
  const match = /^#![ \t]*([^\s]+)(?:[ \t]+([^\r\n]*[^\s]))?/.exec(text);
  if (match === null) return { program: shell };
  const [, program = shell, argument] = match;
  return argument === undefined ? { program } : { program, argument };
}

/** The file that it is written to keeps what people know it by. */
export function scriptFile(script: Script, id: string): Settings[string] {
  const name = script.name
    .replace(/^.*\//, "")
    .replace(/[^A-Za-z0-9._-]/g, "_")
    .slice(-64);
  return [{ read: "rr_directory" }, `/s-${id}-${name}`];
}

/** Says the script. `head -c`, since a here-document always ends in a newline and a script need not. */
export function scriptFunction(script: Script, id: string): OwnFunction {
  const end = `rr_${id}`;
  const text = `head -c ${Buffer.byteLength(script.text)} <<'${end}'\n${script.text}\n${end}\n`;
  return { text, calls: [] };
}

/** The words after `exec`. */
export function scriptWords(script: Script, shell: string): string {
  const { program, argument } = interpreterOf(script.text, shell);
  return `${quote(program)}${argument === undefined ? "" : ` ${quote(argument)}`} "$${shortName("rr_script_file")}"`;
}
