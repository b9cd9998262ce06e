import type { ChildProcess, ChildProcessWithoutNullStreams } from "node:child_process";

const LAST_HEARD_MS = 300;

/** Whether anything comes of a way on to another host: a server of SSH speaks first. */
export function firstWord(
  child: ChildProcessWithoutNullStreams,
  withinMs: number,
): Promise<"speaks" | "silent" | "late"> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, withinMs, "late");
    const settle = () => {
      clearTimeout(timer);
      resolve(child.stdout.readableLength > 0 ? "speaks" : "silent");
    };
    child.stdout.once("readable", settle);
    child.once("error", settle);
  });
}

/** Ended, and what it has said is heard; a program that it leaves behind may hold its stderr. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const onExit = () => {
      child.stderr?.once("close", resolve);
      if (child.stderr?.closed !== false) resolve();
      setTimeout(resolve, LAST_HEARD_MS);
    };
    if (child.exitCode !== null || child.signalCode !== null) onExit();
    else child.once("exit", onExit);
  });
}
