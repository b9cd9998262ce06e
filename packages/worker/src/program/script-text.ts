import { quote } from "./quote.ts";
import type { RemoteTask } from "./remote-task.ts";

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

/**
 * Writes the script into rrJ, in the record directory, which is ours alone. It is run by its interpreter and
 * needs no exec permission, so that a noexec mount does not matter. `head -c`, since a here-document always
 * ends in a newline and a script need not.
 */
export function writeScriptText(script: Script, nonce: string): string {
  const name = script.name
    .replace(/^.*\//, "")
    .replace(/[^A-Za-z0-9._-]/g, "_")
    .slice(-64);
  const end = `rr_${nonce}`;
  return `rrJ=$rrD/s-${nonce}-${name}
head -c ${Buffer.byteLength(script.text)} >"$rrJ" <<'${end}'||{ rm -f "$rrJ";rr_no noscript;}
${script.text}
${end}
`;
}

export const REMOVE_SCRIPT = `rm -f "$rrJ"\n`;

/** The words after `exec`. */
export function scriptWords(script: Script, shell: string): string {
  const { program, argument } = interpreterOf(script.text, shell);
  return `${quote(program)}${argument === undefined ? "" : ` ${quote(argument)}`} "$rrJ"`;
}
