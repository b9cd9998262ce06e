import { spawn } from "node:child_process";
import { fail, succeed, type Result } from "@roadrunner/core/errors";

/** Every inventory script of a cloud answers within this, or its cloud does not. */
export const WITHIN_MS = 30_000;
/** Programs that are asked host by host, or group by group. */
export const AT_ONCE = 8;
const MOST_MIB = 64;
const MIB = 1024 * 1024;
/** Of what it complains of. */
const MOST_COMPLAINT = 2000;

export interface Printed {
  readonly bytes: Buffer;
  /** What it said on standard error, to stand behind a message; empty if nothing. */
  readonly complaint: string;
}

/** Its standard output, where it ends well and in time; it and what it has begun in its process group are killed otherwise. */
export async function printed(
  program: string,
  args: readonly string[],
  {
    untilMs,
    cwd,
    late = `took, with all that was asked before, more than ${WITHIN_MS / 1000} s`,
  }: {
    readonly untilMs: number;
    readonly cwd?: string;
    /** What it did by then. */
    readonly late?: string;
  },
): Promise<Result<Printed, string>> {
  return new Promise((settle) => {
    const child = spawn(program, args, {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let complaint = "";
    const end = (result: Result<Printed, string>): void => {
      clearTimeout(timer);
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      settle(result);
    };
    const timer = setTimeout(
      () => end(fail(`${late}; nothing of it is taken${told(complaint)}`)),
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
      if (code === 0) end(succeed({ bytes: Buffer.concat(chunks), complaint: told(complaint) }));
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
