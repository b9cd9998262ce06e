import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import { resolve } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core/errors";
import { pathFault } from "@roadrunner/core/files";
import { hostsWithoutVars, withHostVars } from "./asked-host-by-host.ts";
import { AT_ONCE, printed, WITHIN_MS } from "./bounded-program.ts";

/** Characters of a line that stands where none should. */
const MOST_SHOWN = 200;
const ELF = "\u007fELF";

/** Whether it is a program that prints an inventory: it may be executed, and begins as a script or a program does. */
export async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    const opened = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await opened.stat()).isFile()) return false;
      const { buffer, bytesRead } = await opened.read(Buffer.alloc(4), 0, 4, 0);
      const head = buffer.toString("latin1", 0, bytesRead);
      return head.startsWith("#!") || head === ELF;
    } finally {
      await opened.close();
    }
  } catch {
    return false;
  }
}

/**
 * What an inventory program prints when it is called with `--list`, and, where that leaves the hosts' variables out, with
 * `--host HOST` for each: the contract of Ansible's inventory scripts. The error is the text for the operator.
 */
export async function printedBy(
  file: string,
  withinMs = WITHIN_MS,
): Promise<Result<Buffer, readonly string[]>> {
  const program = resolve(file);
  const fault = pathFault(program, "public");
  if (fault !== undefined) return fail([`${file} is a program, and is not run: it ${fault}`]);
  const untilMs = performance.now() + withinMs;
  const list = await printed(program, ["--list"], { untilMs });
  if (!list.ok) return fail([`${file} --list ${list.error}`, seeIt(`${file} --list`)]);
  const before = lineBeforeJson(list.value.bytes);
  if (before !== undefined) {
    const wrong = `printed a line before its JSON: ${before}; let it write that to standard error`;
    return fail([`${file} --list ${wrong}`, seeIt(`${file} --list`)]);
  }
  const hosts = hostsWithoutVars(list.value.bytes);
  if (hosts.length === 0) return succeed(list.value.bytes);
  const vars = new Map<string, Buffer>();
  for (let next = 0; next < hosts.length; next += AT_ONCE) {
    const some = hosts.slice(next, next + AT_ONCE);
    const answers = await Promise.all(
      some.map(async (host) => printed(program, ["--host", host], { untilMs })),
    );
    for (const [index, answer] of answers.entries()) {
      const host = some[index] ?? "";
      if (!answer.ok)
        return fail([`${file} --host ${host} ${answer.error}`, seeIt(`${file} --host ${host}`)]);
      vars.set(host, answer.value.bytes);
    }
  }
  const whole = withHostVars(list.value.bytes, vars);
  return whole.ok ? whole : fail([`${file} ${whole.error}`]);
}

/** As libraries and login scripts write them: with it the rest would be read as another format. */
function lineBeforeJson(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8").trimStart();
  if (/^[{[]/.test(text) || !/^\{\s*("|$)/m.test(text)) return undefined;
  return text.slice(0, text.indexOf("\n")).slice(0, MOST_SHOWN).trimEnd();
}

/** What to type, to see it and to do without it. */
function seeIt(line: string): string {
  return `  see what it does: ${line}; or give what it prints with --list as a file`;
}
