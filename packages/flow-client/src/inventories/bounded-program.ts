import { spawn } from "node:child_process";
import { fail, succeed, type Result } from "@roadrunner/core/errors";

/** Every inventory script of a cloud answers within this, or its cloud does not. */
export const WITHIN_MS = 30_000;
/** Programs that are asked host by host, or group by group. */
export const AT_ONCE = 8;
const MOST_MIB = 64;
const MIB = 1024 * 1024;
/** Once it has ended: how long its output may stay open, and what it said on standard error may take to come. */
const LEFT_OPEN_MS = 2000;
const COMPLAINT_MS = 100;
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
    let timer = setTimeout(
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
    let open = true;
    child.stdout.on("end", () => (open = false));
    const ended = (code: number | null, signal: string | null): void => {
      if (code !== 0)
        end(fail(`ended with ${signal ?? `exit code ${code}`}; nothing of it is taken${told(complaint)}`));
      else if (open) end(fail(LEFT_OPEN));
      else end(succeed({ bytes: Buffer.concat(chunks), complaint: told(complaint) }));
    };
    child.on("close", ended);
    // What it has begun may hold its output open: an ssh that stays as a master does so with standard error.
    child.on("exit", (code, signal) => {
      const wait = (ms: number) => setTimeout(() => ended(code, signal), ms);
      clearTimeout(timer);
      timer = wait(LEFT_OPEN_MS);
      const drained = (): void => {
        clearTimeout(timer);
        timer = wait(COMPLAINT_MS);
      };
      if (open) child.stdout.once("end", drained);
      else drained();
    });
  });
}

const LEFT_OPEN =
  "ended, and what it has begun keeps its output open; nothing of it is taken: let that write elsewhere (>/dev/null)";

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
