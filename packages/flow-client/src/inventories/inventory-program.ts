import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import { resolve } from "node:path";
import { fail, succeed, type Result } from "@roadrunner/core/errors";
import { pathFault } from "@roadrunner/core/files";
import { hostsWithoutVars, withHostVars } from "./asked-host-by-host.ts";

/** Every inventory script of a cloud answers within this, or its cloud does not. */
const WITHIN_MS = 30_000;
const MOST_MIB = 64;
const MIB = 1024 * 1024;
/** Of what it complains of. */
const MOST_COMPLAINT = 2000;
/** Scripts that are asked host by host. */
const AT_ONCE = 8;
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
export async function printedBy(file: string): Promise<Result<Buffer, readonly string[]>> {
  const program = resolve(file);
  const fault = pathFault(program, "public");
  if (fault !== undefined) return fail([`${file} is a program, and is not run: it ${fault}`]);
  const untilMs = performance.now() + WITHIN_MS;
  const list = await run(program, ["--list"], untilMs);
  if (!list.ok) return fail([`${file} --list ${list.error}`]);
  const hosts = hostsWithoutVars(list.value);
  if (hosts.length === 0) return list;
  const vars = new Map<string, Buffer>();
  for (let next = 0; next < hosts.length; next += AT_ONCE) {
    const some = hosts.slice(next, next + AT_ONCE);
    const answers = await Promise.all(some.map(async (host) => run(program, ["--host", host], untilMs)));
    for (const [index, answer] of answers.entries()) {
      const host = some[index] ?? "";
      if (!answer.ok) return fail([`${file} --host ${host} ${answer.error}`]);
      vars.set(host, answer.value);
    }
  }
  const whole = withHostVars(list.value, vars);
  return whole.ok ? whole : fail([`${file} ${whole.error}`]);
}

/** Its standard output, where it ends well and in time; it and what it has begun in its process group are killed otherwise. */
async function run(
  program: string,
  args: readonly string[],
  untilMs: number,
): Promise<Result<Buffer, string>> {
  return new Promise((settle) => {
    const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    let size = 0;
    let complaint = "";
    const end = (result: Result<Buffer, string>): void => {
      clearTimeout(timer);
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      settle(result);
    };
    const timer = setTimeout(
      () =>
        end(
          fail(
            `took, with all that was asked before, more than ${WITHIN_MS / 1000} s; nothing of it is taken${told(complaint)}`,
          ),
        ),
      Math.max(0, untilMs - performance.now()),
    );
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_MIB * MIB) end(fail(`printed more than ${MOST_MIB} MiB; that is no inventory`));
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-MOST_COMPLAINT);
    });
    child.on("error", (error) => end(fail(`could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) end(succeed(Buffer.concat(chunks)));
      else end(fail(`ended with ${signal ?? `exit code ${code}`}; nothing of it is taken${told(complaint)}`));
    });
  });
}

function told(complaint: string): string {
  const text = complaint.trim();
  return text === "" ? "" : `; it says: ${text}`;
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended, and so have all that it began.
  }
}
